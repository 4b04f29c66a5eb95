// Which calls of models count: each once, and of a run that reports its own usage none beside it.
//
// As `protocol/agents/tally.py` has it.

import type { AgentWork, Call, Cost, Tally, TokenUsage } from "../../protocol/messages.gen.js";
import { addCost, addSums, addUsage, emptySums, replaceUsage, type Sums } from "./usage.js";

/** Calls that are kept apart, as a part of them may still repeat their counts. */
const MAX_CALLS = 50;

/** Open runs whose sums are kept apart. */
const MAX_RUNS = 20;

/** Tokens and costs of all that agents do; none without agents. */
export function spentBy(agents: Pick<AgentWork, "tally"> | null): Sums {
  return agents ? sumsOf(agents.tally) : emptySums();
}

/** The sums of all calls. */
export function sumsOf({ ended, settled, calls }: Tally): Sums {
  const sums = emptySums();
  addSums(sums, ended);
  for (const run of settled) addSums(sums, run.sums);
  for (const call of calls) addCall(sums, call);
  return sums;
}

/** Count a call, in place of its earlier reports and of what it is a part of. */
export function countCall(tally: Tally, call: Call, ancestors: ReadonlySet<number>): void {
  const known = tally.calls.find((one) => isSame(one, call));
  if (known) {
    known.usage = call.usage ?? known.usage;
    known.cost = call.cost ?? known.cost;
  } else {
    tally.calls.push(call);
  }
  tally.calls = tally.calls.filter(({ n }) => !ancestors.has(n));
  const oldest = tally.calls.length > MAX_CALLS ? tally.calls.shift() : undefined;
  if (oldest) addCall(settledOf(tally, oldest.account), oldest);
}

/** End a run, with what it reports about itself. */
export function endRun(
  tally: Tally,
  account: string,
  usage: readonly TokenUsage[],
  cost: Cost | null,
): void {
  const sums = emptySums();
  for (const run of tally.settled) if (run.account === account) addSums(sums, run.sums);
  for (const call of tally.calls) if (call.account === account) addCall(sums, call);
  tally.settled = tally.settled.filter((run) => run.account !== account);
  tally.calls = tally.calls.filter((call) => call.account !== account);
  if (usage.length > 0) replaceUsage(sums, usage);
  if (cost !== null) {
    sums.costs = [cost];
    sums.is_lower_bound = false;
  }
  addSums(tally.ended, sums);
}

function settledOf(tally: Tally, account: string): Sums {
  const known = tally.settled.find((run) => run.account === account);
  if (known) return known.sums;
  const oldest = tally.settled.length === MAX_RUNS ? tally.settled.shift() : undefined;
  if (oldest) addSums(tally.ended, oldest.sums);
  const sums = emptySums();
  tally.settled.push({ account, sums });
  return sums;
}

function addCall(sums: Sums, { usage, cost }: Call): void {
  if (usage !== null) addUsage(sums, usage);
  addCost(sums, cost);
}

function isSame(one: Call, other: Call): boolean {
  if (one.n === other.n) return true;
  const isOf = one.agent === other.agent && one.kind === other.kind;
  return isOf && other.id !== "" && one.id === other.id;
}
