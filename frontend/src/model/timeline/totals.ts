// Tokens and cost of all runs of the agents.
//
// They are counted where a model was called. A node that repeats the counts of its parts is not
// counted beside them, and a run that reports its own usage is counted by that alone.

import type { TimelineNode, TokenUsage } from "./node.js";
import { UsageSums } from "./usage.js";

/** Most currencies, and most sources of one of them, that are kept apart. */
const MAX_CURRENCIES = 8;
const MAX_SOURCES = 8;

export interface CostSum {
  currency: string;
  amount: number;
  sources: string[];
}

export interface Sums {
  usage: TokenUsage[];
  /** By currency; empty where no cost is known. */
  costs: CostSum[];
  /** Whether there were calls whose cost is not known, so that the costs are lower bounds. */
  isLowerBound: boolean;
}

export class Totals {
  /** Runs that have ended. */
  #ended = new Amounts();
  /** Calls of runs that have not ended, by run or, outside of runs, by agent. */
  #open = new Map<TimelineNode | string, Calls>();
  #sums: Sums | null = null;

  get sums(): Sums {
    this.#sums ??= this.#add();
    return this.#sums;
  }

  /** Count a node, which has usage or a cost; `ancestors` are the nodes that it is a part of. */
  count(node: TimelineNode, run: TimelineNode | string, ancestors: readonly TimelineNode[]): void {
    this.#sums = null;
    let calls = this.#open.get(run);
    if (!calls) {
      calls = new Calls();
      this.#open.set(run, calls);
    }
    calls.count(node, ancestors);
  }

  /** A run has ended; what it reports itself is in its node. */
  endRun(run: TimelineNode | string, node: TimelineNode): void {
    const calls = this.#open.get(run) ?? new Calls();
    this.#open.delete(run);
    this.#sums = null;
    const amounts = calls.amounts;
    if (node.usage.length > 0) amounts.replaceUsage(node.usage);
    if (node.cost !== null) amounts.replaceCost(node);
    this.#ended.addAll(amounts);
  }

  /** A node was removed from the timeline. */
  forget(node: TimelineNode, run: TimelineNode | string): void {
    this.#open.get(run)?.settle(node);
  }

  #add(): Sums {
    const all = new Amounts();
    all.addAll(this.#ended);
    for (const calls of this.#open.values()) all.addAll(calls.amounts);
    return all.sums;
  }
}

/** The calls of one run. */
class Calls {
  #counted = new Set<TimelineNode>();
  /** Nodes whose parts are counted. */
  #wholes = new Set<TimelineNode>();
  /** Calls whose nodes were removed. */
  #settled = new Amounts();

  get amounts(): Amounts {
    const amounts = new Amounts();
    amounts.addAll(this.#settled);
    for (const node of this.#counted) amounts.add(node);
    return amounts;
  }

  count(node: TimelineNode, ancestors: readonly TimelineNode[]): void {
    if (this.#wholes.has(node)) return;
    this.#counted.add(node);
    for (const ancestor of ancestors) {
      this.#counted.delete(ancestor);
      this.#wholes.add(ancestor);
    }
  }

  settle(node: TimelineNode): void {
    this.#wholes.delete(node);
    if (this.#counted.delete(node)) this.#settled.add(node);
  }
}

class Amounts {
  #usage = new UsageSums();
  #costs = new Map<string, CostSum>();
  #hasUnknown = false;

  get sums(): Sums {
    return {
      usage: this.#usage.list,
      costs: [...this.#costs.values()],
      isLowerBound: this.#hasUnknown,
    };
  }

  add({ usage, cost }: TimelineNode): void {
    for (const counts of usage) this.#usage.add(counts);
    if (cost === null) this.#hasUnknown = true;
    else this.#addCost({ ...cost, sources: [cost.source] });
  }

  addAll(other: Amounts): void {
    for (const counts of other.#usage.list) this.#usage.add(counts);
    for (const cost of other.#costs.values()) this.#addCost(cost);
    this.#hasUnknown ||= other.#hasUnknown;
  }

  replaceUsage(usage: readonly TokenUsage[]): void {
    this.#usage = new UsageSums();
    for (const counts of usage) this.#usage.add(counts);
    if (this.#costs.size === 0) this.#hasUnknown = true;
  }

  replaceCost({ cost }: TimelineNode): void {
    this.#costs.clear();
    this.#hasUnknown = false;
    if (cost !== null) this.#addCost({ ...cost, sources: [cost.source] });
  }

  #addCost({ currency, amount, sources }: CostSum): void {
    const sum = this.#costs.get(currency);
    if (!sum && this.#costs.size === MAX_CURRENCIES) {
      this.#hasUnknown = true;
      return;
    }
    const all = new Set([...(sum?.sources ?? []), ...sources].filter((source) => source !== ""));
    this.#costs.set(currency, {
      currency,
      amount: (sum?.amount ?? 0) + amount,
      sources: [...all].slice(0, MAX_SOURCES),
    });
  }
}
