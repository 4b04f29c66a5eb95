// The state that an agent shares with its front end: snapshots, and patches of them.

import { jsonLength, listOf, objectOf } from "./fields.js";
import { applyPatch, PatchError } from "./json-patch.js";

/** Most characters of a state as JSON. */
const MAX_STATE = 1_000_000;

export class SharedState {
  value: unknown = {};
  /** The value before the newest change; the first value changes nothing. */
  before: unknown = {};
  /** Why the newest change could not be applied; the value is the last good one then. */
  error: string | null = null;
  #length = 2;
  #hasValue = false;

  /** An upper bound of the length of the value as JSON. */
  get length(): number {
    return this.#length;
  }

  replace(value: unknown): void {
    this.#keep(value ?? null, jsonLength(value));
  }

  patch(patch: unknown): void {
    try {
      const value = applyPatch(this.value, patch);
      const hasCopies = listOf(patch).some((operation) => objectOf(operation)["op"] === "copy");
      const length = hasCopies ? Infinity : this.#length + jsonLength(patch);
      this.#keep(value, length > MAX_STATE ? jsonLength(value) : length);
    } catch (error) {
      this.error = error instanceof PatchError ? error.message : "the patch is nested too deep";
    }
  }

  #keep(value: unknown, length: number): void {
    if (length > MAX_STATE) {
      this.error = `the state would have more than ${MAX_STATE} characters`;
      return;
    }
    this.before = this.#hasValue ? this.value : value;
    this.#hasValue = true;
    this.value = value;
    this.error = null;
    this.#length = length;
  }
}
