// Sorts the list of runs.

import type { RunState } from "../protocol/messages.gen.js";
import { isActive } from "./list.js";
import { lastOf } from "./metric-columns.js";

export const RUN_ORDERS = ["newest", "name", "duration", "cost"] as const;

type FixedOrder = (typeof RUN_ORDERS)[number];

/** Also by the newest value of a metric, the least or the greatest first. */
export type RunOrder = FixedOrder | `least ${string}` | `greatest ${string}`;

/** The orders by these metrics. */
export function metricOrders(names: readonly string[]): RunOrder[] {
  return names.flatMap((name): RunOrder[] => [`least ${name}`, `greatest ${name}`]);
}

type Compare = (a: RunState, b: RunState) => number;

/** When a run began, as text of the server's time, which can be compared; "" where it is not known. */
export function begunAt({ started, created }: RunState): string {
  return started ?? created ?? "";
}

/**
 * Milliseconds from the beginning of a run to its end or, of one that is active, to `now`.
 *
 * Null where one of the two times is not known.
 */
export function durationOf(run: RunState, now: number): number | null {
  const { started, ended, last_seen: lastSeen, disconnected_at: goneAt } = run;
  if (started === null) return null;
  const began = Date.parse(started);
  if (isActive(run)) return Math.max((goneAt === null ? now : goneAt * 1000) - began, 0);
  if (run.status === "lost" && lastSeen !== null) return Math.max(lastSeen * 1000 - began, 0);
  return ended === null ? null : Math.max(Date.parse(ended) - began, 0);
}

/**
 * Sort runs; those that are equal are in the order of their beginnings, the newest first, and then
 * in the given order.
 *
 * By `newest`, those that wait for the user are first, and then those that are running.
 * What has no duration, no cost or no such metric is last. Costs in different currencies are not compared.
 */
export function sortRuns(runs: readonly RunState[], order: RunOrder, now: number): RunState[] {
  const by = comparisonOf(runs, order, now);
  return runs.toSorted((a, b) => by(a, b) || compareTexts(begunAt(b), begunAt(a)));
}

function comparisonOf(runs: readonly RunState[], order: RunOrder, now: number): Compare {
  if (order === "duration") return byDuration(runs, now);
  const end = order.indexOf(" ");
  return end < 0 ? COMPARISONS[order as Compared] : byMetric(runs, order.slice(end + 1), order);
}

/** What is no finite number is after all that is. */
function byMetric(runs: readonly RunState[], name: string, order: RunOrder): Compare {
  const sign = order.startsWith("least") ? 1 : -1;
  const keys = new Map(
    runs.map((run) => {
      const last = lastOf(run, name);
      return [
        run,
        last === null || !Number.isFinite(last) ? Number.POSITIVE_INFINITY : sign * last,
      ];
    }),
  );
  return (a, b) => {
    const [one, other] = [keys.get(a) ?? 0, keys.get(b) ?? 0];
    return one < other ? -1 : Number(one > other);
  };
}

/** Each duration is computed once. */
function byDuration(runs: readonly RunState[], now: number): Compare {
  const durations = new Map(runs.map((run) => [run, durationOf(run, now) ?? -1]));
  return (a, b) => (durations.get(b) ?? -1) - (durations.get(a) ?? -1);
}

/** Made with the first comparison, as that takes milliseconds. */
let names: Intl.Collator | undefined;

/** "run-9" is before "run-10". */
function compareNames(one: string, other: string): number {
  names ??= new Intl.Collator("en", { numeric: true });
  return names.compare(one, other);
}

type Compared = Exclude<FixedOrder, "duration">;

const COMPARISONS: Record<Compared, Compare> = {
  newest: (a, b) => urgency(b) - urgency(a),
  name: (a, b) => compareNames(a.sprint_id, b.sprint_id),
  cost: compareCosts,
};

function urgency({ status }: RunState): number {
  return status === "needs_input" ? 2 : Number(status === "running");
}

function compareCosts(a: RunState, b: RunState): number {
  const [one, other] = [a, b].map(({ agents }) => agents?.sums.costs[0]);
  if (!one || !other) return Number(one === undefined) - Number(other === undefined);
  return compareTexts(one.currency, other.currency) || other.amount - one.amount;
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
