// Choices of the user for one run, which the browser remembers.
//
// All are in one item of the storage, with the runs by the time of their last choice; the oldest
// are dropped.

import { useState } from "preact/hooks";
import { isObject } from "../protocol/messages.js";

const KEY = "realtime-widgets.runs";

/** Most runs of which choices are remembered. */
const MAX_RUNS = 50;

/** Most characters of the stored item; a longer one was not written by this file. */
const MAX_LENGTH = 100_000;

type Choices = Record<string, unknown>;

/** A choice for a run, null where there is none, and what changes it; null forgets it. */
export function useRunChoice<Choice extends string | number>(
  sprintId: string,
  name: string,
  isChoice: (value: unknown) => value is Choice,
): [Choice | null, (choice: Choice | null) => void] {
  const [value, setValue] = useState<Choice | null>(() => {
    const stored = load().get(sprintId)?.[name];
    return isChoice(stored) ? stored : null;
  });
  const choose = (choice: Choice | null) => {
    setValue(choice);
    remember(sprintId, name, choice);
  };
  return [value, choose];
}

export function isText(value: unknown): value is string {
  return typeof value === "string";
}

/** Whether a value is a number from 0 to 1. */
export function isShare(value: unknown): value is number {
  return typeof value === "number" && value >= 0 && value <= 1;
}

/** Whether a value is a whole number from 1 on. */
export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) > 0;
}

/** Whether a value is a length in pixels. */
export function isLength(value: unknown): value is number {
  return typeof value === "number" && value > 0 && value < 1e5;
}

function remember(sprintId: string, name: string, choice: string | number | null): void {
  const runs = load();
  const choices = { ...runs.get(sprintId), [name]: choice ?? undefined };
  runs.delete(sprintId);
  runs.set(sprintId, choices);
  try {
    localStorage.setItem(KEY, JSON.stringify([...runs].slice(-MAX_RUNS)));
  } catch {
    // Without storage, which may be disabled, full or forbidden, it lasts as long as the view.
  }
}

function load(): Map<string, Choices> {
  const runs = new Map<string, Choices>();
  try {
    const text = localStorage.getItem(KEY) ?? "";
    const stored: unknown = text.length > MAX_LENGTH ? null : JSON.parse(text);
    for (const entry of Array.isArray(stored) ? stored : []) {
      const [sprintId, choices] = Array.isArray(entry) ? entry : [];
      if (typeof sprintId === "string" && isObject(choices)) runs.set(sprintId, choices);
    }
  } catch {
    // Nothing is stored, or something else is.
  }
  return runs;
}
