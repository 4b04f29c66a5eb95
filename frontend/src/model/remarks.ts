// The remarks that the view adds to the log: on missing events, attempts and lost publishers.

import type { Metric } from "./metrics/metric.js";

const WHY_MISSING = new Map([
  ["trimmed", "the history was trimmed"],
  ["damaged", "the history is damaged there"],
]);

const RESET_WORDS = new Map([
  ["epoch", "The log was replaced by a new one."],
  ["ahead", "The log was replaced: the server has lost events that were shown here."],
  ["diverged", "The log was replaced: the server has other events than were shown here."],
]);

/** By whom the run was stopped. */
export function stopRemark(user: string | null): string {
  return `Stopped${user ? ` by ${user}` : ""}.`;
}

export const GONE_WORDS = "This run is gone: it was deleted, or the server has lost its history.";

export const BACK_WORDS = "The publisher is back";

/** Events that the server does not keep any more. */
export function gapWords(count: number, reason: string): string {
  return lostWords(count, WHY_MISSING.get(reason) ?? "the server does not keep them");
}

/** Events that were never stored. */
export function droppedWords(count: number, reason: string, message: string | null): string {
  const isOne = count === 1;
  const why =
    reason === "buffer_full"
      ? "the publisher's buffer was full"
      : `${isOne ? "it was" : "they were"} refused`;
  return lostWords(count, message === null ? why : `${why} (${message})`);
}

/** A metric is not a finite number any more. */
export function notFiniteWords({ name, notFiniteStep }: Metric): string {
  return `The metric ${name} is not a finite number at step ${notFiniteStep}`;
}

/** Events that were trimmed before the view was opened. */
export function beginningWords(count: number): string {
  const are = count === 1 ? "event is" : "events are";
  return `Starts here: ${formatWhole(count)} earlier ${are} not kept`;
}

export function resetWords(reason: string): string {
  return RESET_WORDS.get(reason) ?? "The log was replaced.";
}

const CAUSES = new Map([
  ["kernel_died", "kernel died"],
  ["kernel_restarted", "kernel restarted"],
  ["kernel_shut_down", "kernel shut down"],
]);

/** How a publisher was lost; times are milliseconds since 1970. */
export interface Loss {
  lastSeen: number | null;
  cause: string | null;
}

/** "kernel died at 20:06:02", or "last seen 20:06:02"; "" where neither is known. */
export function lossWords({ lastSeen, cause }: Loss): string {
  const known = CAUSES.get(cause ?? "");
  if (lastSeen === null) return known ?? "";
  return `${known ? `${known} at` : "last seen"} ${formatClock(lastSeen)}`;
}

export function contactWords(loss: Loss): string {
  return withPublisher("the publisher", loss);
}

/** For a run of several publishers. */
export function memberContactWords(count: number, loss: Loss): string {
  return withPublisher(`one of ${formatWhole(count)} publishers`, loss);
}

function withPublisher(publisher: string, loss: Loss): string {
  const words = lossWords(loss);
  if (CAUSES.has(loss.cause ?? "")) return `Lost ${publisher}: ${words}`;
  return `Lost contact with ${publisher}${words && `; ${words}`}`;
}

export function memberBackWords(count: number): string {
  return `One of ${formatWhole(count)} publishers is back`;
}

/** The heading of an attempt; null where its number is not known yet. */
export function attemptWords(attempt: number | null): string {
  return attempt === null ? "New attempt" : `Attempt ${attempt}`;
}

/** "14:03:59" in the reader's time zone. */
export function formatClock(time: number): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return "";
  const pad = (value: number) => String(value).padStart(2, "0");
  return `${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}`;
}

function lostWords(count: number, why: string): string {
  return `${formatWhole(count)} ${count === 1 ? "event" : "events"} lost: ${why}`;
}

function formatWhole(count: number): string {
  return count.toLocaleString("en");
}

/** Words with a capital and a full stop. */
export function sentence(words: string): string {
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
}
