// The open entries of one agent, and the events that end them besides their own end events.
//
// Chunks have no end event: the next event of the same (sub-)agent ends them. The end of a run ends
// the entries that began in it, the end of a sub-agent ends its own. The snapshot has the same rules
// (`display/open_entries.py`); tests/vectors/transcript.json tests both.

import type { Entry, EntryKind } from "./entry.js";

/** AG-UI types that end the chunks of their sub-agent. */
const ENDS_CHUNKS =
  /^(?:TEXT_MESSAGE_|TOOL_CALL_|STATE_|STEP_|CUSTOM$|THINKING_|REASONING_(?!ENCRYPTED)|SUBAGENT_(?!STARTED))/;

/** AG-UI types that end all chunks of an agent. */
const ENDS_ALL_CHUNKS = /^(?:RUN_|MESSAGES_SNAPSHOT$)/;

interface Origin {
  /** Id of the run in which it began; "" where none is known. */
  run: string;
  /** Id of the sub-agent that began it; "" for the agent itself. */
  owner: string;
}

export class OpenEntries {
  #open = new Map<Entry, Origin>();
  /** The entry that chunks continue, by sub-agent. */
  #lanes = new Map<string, Entry>();
  /** The start entries of unfinished agent runs, by their ids, the newest last. */
  #runs = new Map<string, Entry>();

  get isEmpty(): boolean {
    return this.#open.size + this.#lanes.size + this.#runs.size === 0;
  }

  /** An entry is open from now on. */
  begin(entry: Entry, owner: string): void {
    const run = [...this.#runs.keys()].at(-1) ?? "";
    this.#open.set(entry, { run, owner });
  }

  /** An entry has ended, or was removed. */
  forget(entry: Entry): void {
    this.#open.delete(entry);
    for (const index of [this.#lanes, this.#runs]) {
      for (const [key, value] of index) if (value === entry) index.delete(key);
    }
  }

  /** The entry that a chunk without an id continues. */
  laneOf(kind: EntryKind, owner: string): Entry | undefined {
    const lane = this.#lanes.get(owner);
    if (lane?.kind === kind) return lane;
    const others = [...this.#lanes.values()].filter((other) => other.kind === kind);
    return owner === "" && others.length === 1 ? others[0] : undefined;
  }

  /** Chunks continue an entry from now on; the one that they continued before has ended. */
  setLane(entry: Entry, owner: string): void {
    if ([...this.#lanes.values()].includes(entry)) return;
    this.#endLane(owner);
    this.#lanes.set(owner, entry);
  }

  /** Apply an event that is not a chunk. */
  pass(type: string, owner: string): void {
    if (ENDS_ALL_CHUNKS.test(type)) {
      for (const lane of [...this.#lanes.keys()]) this.#endLane(lane);
    } else if (ENDS_CHUNKS.test(type)) this.#endLane(owner);
  }

  beginRun(id: string, start: Entry): void {
    this.#runs.delete(id);
    this.#runs.set(id, start);
  }

  /** End the entries of an agent run; all of them where no other run of the agent is in progress. */
  endRun(id: string, isBrokenOff: boolean): void {
    const endsAll = !this.#runs.delete(id) || this.#runs.size === 0;
    if (endsAll) this.#runs.clear();
    this.#end(({ run }) => endsAll || run === id, isBrokenOff);
  }

  endSubagent(id: string, isBrokenOff: boolean): void {
    if (id !== "") this.#end(({ owner }) => owner === id, isBrokenOff);
  }

  /** Mark all open entries as unfinished: events are missing, which may have ended them. */
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

  #end(matches: (origin: Origin) => boolean, isBrokenOff: boolean): void {
    for (const [entry, origin] of [...this.#open]) {
      if (!matches(origin)) continue;
      entry.version += 1;
      entry.state = isBrokenOff || entry.kind === "tool" ? "unfinished" : "done";
      this.forget(entry);
    }
  }
}
