// A choice of the user that the browser remembers, and the host's default where there is none.

import { useEffect, useState } from "preact/hooks";
import { pageSingleton } from "../server/page-singleton.js";

/** What a host's settings give, in all bundles of the page. */
interface Defaults {
  choices: Map<string, string>;
  listeners: Set<() => void>;
}

const defaults = () =>
  pageSingleton<Defaults>("defaults.v1", () => ({ choices: new Map(), listeners: new Set() }));

/** The value of a choice, and what changes it; each name has its own. */
export function useRemembered<Choice extends string>(
  name: string,
  choices: readonly Choice[],
  initial: Choice,
): [Choice, (choice: Choice) => void] {
  const current = () => remembered(name, choices, initial);
  const [value, setValue] = useState<Choice>(current);
  useEffect(() => {
    const { listeners } = defaults();
    const update = () => setValue(current());
    listeners.add(update);
    return () => void listeners.delete(update);
  }, [name]);
  const choose = (choice: Choice) => {
    setValue(choice);
    access((storage) => storage.setItem(keyOf(name), choice));
  };
  return [value, choose];
}

/** The value that a choice has now, outside of what is drawn. */
export function remembered<Choice extends string>(
  name: string,
  choices: readonly Choice[],
  initial: Choice,
): Choice {
  return load(name, choices) ?? initial;
}

/** Set what is shown where the browser remembers no choice. */
export function setDefault(name: string, choice: string): void {
  const { choices, listeners } = defaults();
  choices.set(name, choice);
  for (const listener of [...listeners]) listener();
}

/** Set it, and forget the choice. */
export function replaceChoice(name: string, choice: string): void {
  access((storage) => storage.removeItem(keyOf(name)));
  setDefault(name, choice);
}

function load<Choice extends string>(name: string, choices: readonly Choice[]): Choice | undefined {
  const stored = access((storage) => storage.getItem(keyOf(name)));
  const find = (text: string | null | undefined) => choices.find((choice) => choice === text);
  return find(stored) ?? find(defaults().choices.get(name));
}

/** Use the browser's storage; undefined where it is disabled, full or forbidden. */
function access<Result>(use: (storage: Storage) => Result): Result | undefined {
  try {
    return use(localStorage);
  } catch {
    // A choice lasts as long as the view.
    return undefined;
  }
}

function keyOf(name: string): string {
  return `realtime-widgets.${name}`;
}
