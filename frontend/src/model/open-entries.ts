// What one agent has begun and not ended, and what ends it besides its own end.
//
// Chunks have no end: the next event of the same stream of work ends them. The end of a run ends
// what began in it, and the end of a sub-agent what was its own. `widgets/_open_entries.py` has the
// same rules for the snapshot; tests/vectors/transcript.json holds both to them.

import type { Entry, EntryKind } from "./entry.js";

/** Types of AG-UI that end the chunks of the sub-agent that they come from. */
const ENDS_CHUNKS =
  /^(?:TEXT_MESSAGE_|TOOL_CALL_|STATE_|STEP_|CUSTOM$|THINKING_|REASONING_(?!ENCRYPTED)|SUBAGENT_(?!STARTED))/;

/** Types that end all chunks of an agent. */
const ENDS_ALL_CHUNKS = /^(?:RUN_|MESSAGES_SNAPSHOT$)/;

interface Origin {
  /** Id of the run in which it began; "" where none is known. */
  run: string;
  /** Id of the sub-agent that began it; "" for the agent itself. */
  owner: string;
}

export class OpenEntries {
  #open = new Map<Entry, Origin>();
  /** The entry that chunks go on with, by sub-agent. */
  #lanes = new Map<string, Entry>();
  /** The entries of the starts of runs that go on, by their ids, the newest last. */
  #runs = new Map<string, Entry>();

  get isEmpty(): boolean {
    return this.#open.size + this.#lanes.size + this.#runs.size === 0;
  }

  /** Take an entry that is open from now on. */
  begin(entry: Entry, owner: string): void {
    const run = [...this.#runs.keys()].at(-1) ?? "";
    this.#open.set(entry, { run, owner });
  }

  /** Leave an entry alone that has ended, or is not kept any more. */
  forget(entry: Entry): void {
    this.#open.delete(entry);
    for (const index of [this.#lanes, this.#runs]) {
      for (const [key, value] of index) if (value === entry) index.delete(key);
    }
  }

  /** The entry that a chunk without an id goes on with. */
  laneOf(kind: EntryKind, owner: string): Entry | undefined {
    const lane = this.#lanes.get(owner);
    if (lane?.kind === kind) return lane;
    const others = [...this.#lanes.values()].filter((other) => other.kind === kind);
    return owner === "" && others.length === 1 ? others[0] : undefined;
  }

  /** Let chunks go on with an entry; what they went on with before has ended. */
  setLane(entry: Entry, owner: string): void {
    if ([...this.#lanes.values()].includes(entry)) return;
    this.#endLane(owner);
    this.#lanes.set(owner, entry);
  }

  /** Take note of an event that is no chunk. */
  pass(type: string, owner: string): void {
    if (ENDS_ALL_CHUNKS.test(type)) {
      for (const lane of [...this.#lanes.keys()]) this.#endLane(lane);
    } else if (ENDS_CHUNKS.test(type)) this.#endLane(owner);
  }

  beginRun(id: string, start: Entry): void {
    this.#runs.delete(id);
    this.#runs.set(id, start);
  }

  /** End what began in a run; all that is open where no other run of the agent goes on. */
  endRun(id: string, isBrokenOff: boolean): void {
    const endsAll = !this.#runs.delete(id) || this.#runs.size === 0;
    if (endsAll) this.#runs.clear();
    this.#end(({ run }) => endsAll || run === id, isBrokenOff);
  }

  endSubagent(id: string, isBrokenOff: boolean): void {
    if (id !== "") this.#end(({ owner }) => owner === id, isBrokenOff);
  }

  /** Break off all that is open: its end may be among events that are missing. */
  breakOff(): void {
    this.#end(() => true, true);
  }

  #endLane(owner: string): void {
    const entry = this.#lanes.get(owner);
    this.#lanes.delete(owner);
    if (entry?.state !== "open") return;
    entry.version += 1;
    if (entry.kind === "tool") entry.state = "waiting";
    else {
      entry.state = "done";
      this.#open.delete(entry);
    }
  }

  #end(isMeant: (origin: Origin) => boolean, isBrokenOff: boolean): void {
    for (const [entry, origin] of [...this.#open]) {
      if (!isMeant(origin)) continue;
      entry.version += 1;
      entry.state = isBrokenOff || entry.kind === "tool" ? "unfinished" : "done";
      this.forget(entry);
    }
  }
}
