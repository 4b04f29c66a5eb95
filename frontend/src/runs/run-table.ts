// The runs of a list, put together from pages and from messages of the index channel (protocol 12.3).

import type { AgentWork, IndexPosition, RunState, Runs } from "../protocol/messages.gen.js";
import { isObject } from "../protocol/messages.js";

/** A page of the server's list. */
export interface ListPage {
  path: string;
  text: string;
  /** With the current paths of their notebooks. */
  runs: readonly RunState[];
  withoutNotebook: readonly string[];
  keptInMemoryBecause: string | null;
  /** The path of the next page, null after the last one. */
  next: string | null;
  /** Changes up to here are in the page; null from a server without the index channel. */
  index: IndexPosition | null;
}

/** What a message has of a run; a null state is a run that is gone. */
interface Change {
  version: number;
  state: RunState | null;
  hasNotebook: boolean;
}

export class RunTable {
  runs: readonly RunState[] = [];
  withoutNotebook: ReadonlySet<string> = new Set();
  /** What changed since the pages began to be read, as a page may be older. */
  #changes = new Map<string, Change>();

  /** Pages are read from now on. */
  begin(): void {
    this.#changes = new Map();
  }

  /** Replace all by pages that were read since `begin`. */
  setPages(pages: readonly ListPage[]): void {
    const runs = new Map<string, RunState>();
    const without = new Set<string>();
    for (const page of pages) {
      const lost = new Set(page.withoutNotebook);
      for (const run of page.runs) {
        const change = this.#changes.get(run.sprint_id);
        if (change !== undefined && change.version > (page.index?.version ?? 0)) continue;
        runs.set(run.sprint_id, run);
        if (lost.has(run.sprint_id)) without.add(run.sprint_id);
      }
    }
    const changed = [...this.#changes].filter(([id, { state }]) => state !== null && !runs.has(id));
    for (const [id, { hasNotebook }] of changed) if (!hasNotebook) without.add(id);
    this.runs = [...changed.flatMap(([, { state }]) => state ?? []), ...runs.values()];
    this.withoutNotebook = without;
  }

  /** Apply a message; new runs come first. */
  apply({ version, changed, removed, notebooks }: Runs): void {
    const changes = new Map<string, Change>();
    for (const id of removed) changes.set(id, { version, state: null, hasNotebook: true });
    for (const run of changed) {
      const hasNotebook = notebooks[run.sprint_id] !== null;
      const state = listed(run, notebooks[run.sprint_id]);
      changes.set(run.sprint_id, { version, state, hasNotebook });
    }
    const known = new Set(this.ids);
    const runs = this.runs.flatMap((run) => {
      const change = changes.get(run.sprint_id);
      return change === undefined ? run : (change.state ?? []);
    });
    const added = [...changes].flatMap(([id, { state }]) => (known.has(id) ? [] : (state ?? [])));
    const without = new Set(this.withoutNotebook);
    for (const [id, change] of changes) {
      this.#changes.set(id, change);
      if (change.hasNotebook) without.delete(id);
      else without.add(id);
    }
    this.runs = [...added, ...runs];
    this.withoutNotebook = without;
  }

  /** A run was deleted from here. */
  remove(id: string): void {
    const version = Number.POSITIVE_INFINITY;
    this.apply({ type: "runs", version, changed: [], removed: [id], notebooks: {} });
  }

  get ids(): string[] {
    return this.runs.map((run) => run.sprint_id);
  }
}

/** Parse a page. */
export function readPage(path: string, text: string): ListPage {
  const answer: unknown = JSON.parse(text);
  const fields: Record<string, unknown> = isObject(answer) ? answer : {};
  const states: RunState[] = Array.isArray(fields["sprints"]) ? fields["sprints"] : [];
  const notebooks = isObject(fields["notebooks"]) ? fields["notebooks"] : {};
  const because = fields["kept_in_memory_because"];
  const { next, index } = fields;
  return {
    path,
    text,
    runs: states.map((run) => listed(run, notebooks[run.sprint_id])),
    withoutNotebook: Object.keys(notebooks).filter((id) => notebooks[id] === null),
    keptInMemoryBecause: typeof because === "string" ? because : null,
    next: typeof next === "number" ? `sprints?before=${next}` : null,
    index: isPosition(index) ? index : null,
  };
}

function isPosition(value: unknown): value is IndexPosition {
  return (
    isObject(value) && typeof value["epoch"] === "string" && Number.isSafeInteger(value["version"])
  );
}

function listed(run: RunState, notebook: unknown): RunState {
  const path = typeof notebook === "string" ? notebook : run.notebook;
  return { ...run, notebook: path, agents: run.agents ? withoutParts(run.agents) : null };
}

/** Without the nodes and calls of agents, which are most of a state and which a list does not show. */
function withoutParts(agents: AgentWork): AgentWork {
  const { ended } = agents.tally;
  const nodes = { kept: [], next_n: agents.nodes.next_n };
  return { ...agents, nodes, tally: { calls: [], settled: [], ended } };
}
