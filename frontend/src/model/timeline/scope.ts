// What is open of one agent: nodes, steps, and streams of chunks.
//
// Chunks have no end event. A lane is the one stream that chunks of a sub-agent, or of the agent
// itself, continue; the next event of the same owner that is no chunk of it ends it.

import type { NodeKind, TimelineNode } from "./node.js";

export class Scope {
  /** Nodes that have not ended. */
  readonly open = new Set<TimelineNode>();
  /** Steps whose ends may be missing. */
  readonly broken = new Set<TimelineNode>();
  /** Runs that have not ended, by their ids, the newest last. */
  readonly runs = new Map<string, TimelineNode>();
  /** Interrupts without an answer, by their ids. */
  readonly interrupts = new Map<string, TimelineNode>();
  /** Headings of reasoning that has not begun, by owner. */
  readonly headings = new Map<string, string>();
  /** The node that chunks continue, by owner. */
  readonly #lanes = new Map<string, TimelineNode>();
  /** The newest node of a kind and owner, which an event without an id continues. */
  readonly #newest = new Map<string, TimelineNode>();

  get isEmpty(): boolean {
    return this.open.size + this.runs.size + this.interrupts.size + this.#newest.size === 0;
  }

  begin(node: TimelineNode): void {
    this.open.add(node);
    this.#newest.set(`${node.kind}\n${node.owner ?? ""}`, node);
  }

  /** A node was removed from the timeline; a run continues. */
  forget(node: TimelineNode): void {
    this.open.delete(node);
    this.broken.delete(node);
    for (const index of [this.interrupts, this.#lanes, this.#newest]) {
      for (const [key, value] of index) if (value === node) index.delete(key);
    }
  }

  newest(kind: NodeKind, owner: string): TimelineNode | undefined {
    return this.#newest.get(`${kind}\n${owner}`);
  }

  /** The steps of an owner that have not ended, the innermost last. */
  stepsOf(owner: string): TimelineNode[] {
    return [...this.open].filter((node) => node.kind === "step" && (node.owner ?? "") === owner);
  }

  /** Forget the oldest runs, so that this many are left; returns them. */
  takeRuns(left: number): readonly TimelineNode[] {
    const oldest = [...this.runs].slice(0, Math.max(this.runs.size - left, 0));
    return oldest.map(([id, run]) => {
      this.runs.delete(id);
      return run;
    });
  }

  get newestRun(): TimelineNode | undefined {
    return [...this.runs.values()].at(-1);
  }

  /** The node that a chunk without an id continues. */
  laneOf(kind: NodeKind, owner: string): TimelineNode | undefined {
    const lane = this.#lanes.get(owner);
    if (lane?.kind === kind) return lane;
    const others = [...this.#lanes.values()].filter((other) => other.kind === kind);
    return owner === "" && others.length === 1 ? others[0] : undefined;
  }

  isLane(node: TimelineNode): boolean {
    return [...this.#lanes.values()].includes(node);
  }

  setLane(owner: string, node: TimelineNode): void {
    this.#lanes.set(owner, node);
  }

  /** Remove the lane of an owner, or all lanes; returns their nodes. */
  takeLanes(owner: string | null): readonly TimelineNode[] {
    if (this.#lanes.size === 0) return [];
    const owners = owner === null ? [...this.#lanes.keys()] : [owner];
    return owners.flatMap((key) => {
      const lane = this.#lanes.get(key);
      this.#lanes.delete(key);
      return lane ? [lane] : [];
    });
  }
}
