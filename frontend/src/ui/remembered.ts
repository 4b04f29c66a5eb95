// A choice of the user that the browser remembers.

import { useState } from "preact/hooks";

/** The value of a choice, and what changes it; each key has its own. */
export function useRemembered<Choice extends string>(
  name: string,
  choices: readonly Choice[],
  initial: Choice,
): [Choice, (choice: Choice) => void] {
  const key = `realtime-widgets.${name}`;
  const [value, setValue] = useState<Choice>(() => load(key, choices) ?? initial);
  const choose = (choice: Choice) => {
    setValue(choice);
    try {
      localStorage.setItem(key, choice);
    } catch {
      // Without storage, which may be disabled, full or forbidden, it lasts as long as the view.
    }
  };
  return [value, choose];
}

function load<Choice extends string>(key: string, choices: readonly Choice[]): Choice | null {
  try {
    const stored = localStorage.getItem(key);
    return choices.find((choice) => choice === stored) ?? null;
  } catch {
    return null;
  }
}
