// What is compared: runs, each with its newest attempt or another one.

import { isSprintId } from "../protocol/ids.js";

/** Most runs that are compared. */
export const MAX_SUBJECTS = 8;

export interface Subject {
  /** The name of the run, and `@` with the number of an attempt that is not the newest. */
  label: string;
  sprintId: string;
  /** Null for the newest attempt. */
  attempt: number | null;
}

/** The run `nightly`, or its second attempt `nightly@2`; null where there can be no such run. */
export function readSubject(label: string): Subject | null {
  const [sprintId = "", number, ...rest] = label.split("@");
  const attempt = number === undefined ? null : Number(number);
  const isAttempt = attempt === null || (/^[1-9]\d{0,8}$/.test(number ?? "") && rest.length === 0);
  return isSprintId(sprintId) && isAttempt ? { label, sprintId, attempt } : null;
}

/** The first subjects among texts from any source, each once. */
export function readSubjects(labels: readonly string[]): Subject[] {
  const subjects = [...new Set(labels)].map(readSubject).filter((each) => each !== null);
  return subjects.slice(0, MAX_SUBJECTS);
}

/** A run and the attempts before its newest one, the newest first, as far as they can be compared. */
export function attemptsOf(sprintId: string, past: readonly { attempt: number }[]): string[] {
  const former = past.map(({ attempt }) => `${sprintId}@${attempt}`).reverse();
  return [sprintId, ...former].slice(0, MAX_SUBJECTS);
}
