// The outputs of one attempt of a run: the newest of each name, with its data as far as it is loaded.

import type { BlobUpload, Output, OutputState } from "../../protocol/messages.gen.js";

/** Most outputs of an attempt; beyond that the one with the oldest event is left out. */
const MAX_OUTPUTS = 30;

export interface RunOutput extends OutputState {
  /** By media type; null where its event is not loaded, empty where it is not stored any more. */
  data: Output["data"] | null;
}

export class RunOutputs {
  /** By name or, without one, by the number of the event; in the order in which they came. */
  readonly all = new Map<string | number, RunOutput>();
  /** The event up to which the outputs are those of a state. */
  #head = 0;

  /** The outputs of a state; what is loaded of them is kept. */
  static from(states: readonly OutputState[], head: number, loaded: RunOutputs): RunOutputs {
    const outputs = new RunOutputs();
    outputs.#head = head;
    for (const state of states) {
      // An older server has no blobs.
      const { blob = null, upload = null } = state;
      outputs.all.set(state.name ?? state.seq, { ...state, blob, upload, data: null });
    }
    outputs.fill(loaded);
    return outputs;
  }

  /** Add an event, which replaces the one of its name; those of the state are there already. */
  add({ name = null, caption = null, blob = null, data }: Output, seq: number): void {
    if (seq <= this.#head) return;
    this.all.set(name ?? seq, { name, caption, seq, blob, upload: null, data });
    if (this.all.size <= MAX_OUTPUTS) return;
    const oldest = Math.min(...[...this.all.values()].map((each) => each.seq));
    for (const [key, each] of this.all) if (each.seq === oldest) this.all.delete(key);
  }

  /** Note that an upload has failed or succeeded, at all outputs with its blob. */
  note({ sha256, state, message = null }: BlobUpload, seq: number): void {
    if (seq <= this.#head) return;
    const upload = state === "done" ? null : { state, message };
    for (const each of this.all.values()) if (each.blob?.sha256 === sha256) each.upload = upload;
  }

  /** Take the data that others have, of which the events from `first` to `last` are loaded. */
  fill(loaded: RunOutputs, first = 1, last = 0): void {
    for (const [key, output] of this.all) {
      const { seq } = output;
      const same = loaded.all.get(key);
      if (same?.seq === seq) output.data ??= same.data;
      if (first <= seq && seq <= last) output.data ??= {};
    }
  }
}
