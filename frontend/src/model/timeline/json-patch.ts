// JSON Patch (RFC 6902): returns the patched value and leaves the given one as it is.

import { isObject } from "../../protocol/messages.js";
import { listOf, objectOf } from "./fields.js";

/** Names that would reach the prototype of an object. */
const REFUSED = new Set(["__proto__", "constructor", "prototype"]);

/** Most names in the path of an operation. */
const MAX_PATH = 64;

const INDEX = /^(?:0|[1-9]\d{0,15})$/;

type Container = Record<string, unknown> | unknown[];

/** An operation that cannot be applied. */
export class PatchError extends Error {
  override name = "PatchError";
}

/** Apply the operations in their order. Throws `PatchError` at the first that cannot be applied. */
export function applyPatch(value: unknown, patch: unknown): unknown {
  if (!Array.isArray(patch)) throw new PatchError("the patch is not a list");
  const document = new Document(value);
  for (const operation of patch) document.apply(objectOf(operation));
  return document.value;
}

/** A value under change: what is changed in it is copied first, once for each patch. */
class Document {
  value: unknown;
  readonly #copies = new Set<unknown>();

  constructor(value: unknown) {
    this.value = value;
  }

  apply({ op, path, from, value }: Readonly<Record<string, unknown>>): void {
    const to = namesIn(path);
    switch (op) {
      case "add":
      case "replace":
        if (value === undefined) throw new PatchError(`the operation ${op} has no value`);
        this.#put(to, value, op === "replace");
        break;
      case "remove":
        this.#remove(to);
        break;
      case "move": {
        const source = namesIn(from);
        if (source.length < to.length && source.every((name, index) => name === to[index])) {
          throw new PatchError("a value cannot be moved into itself");
        }
        const moved = this.#read(source);
        this.#remove(source);
        this.#put(to, moved, false);
        break;
      }
      case "copy":
        this.#put(to, this.#share(namesIn(from)), false);
        break;
      case "test":
        if (!isEqual(this.#read(to), value)) throw new PatchError(`the test of ${path} failed`);
        break;
      default:
        throw new PatchError(`${String(op).slice(0, 40)} is not an operation`);
    }
  }

  #read(names: readonly string[]): unknown {
    let value = this.value;
    for (const name of names) value = childOf(value, name);
    return value;
  }

  /** A value that is in two places from now on: neither of them may be changed without a copy. */
  #share(names: readonly string[]): unknown {
    this.#copies.clear();
    return this.#read(names);
  }

  /** The container of a path, as a copy that may be changed. */
  #open(names: readonly string[]): Container {
    let container = this.#copy(this.value);
    this.value = container;
    for (const name of names) {
      const child = this.#copy(childOf(container, name));
      (container as Record<string, unknown>)[name] = child;
      container = child;
    }
    return container;
  }

  #copy(value: unknown): Container {
    if (!Array.isArray(value) && !isObject(value)) {
      throw new PatchError("a path leads through a value that is neither an object nor a list");
    }
    if (this.#copies.has(value)) return value as Container;
    const copy = Array.isArray(value) ? [...value] : { ...value };
    this.#copies.add(copy);
    return copy;
  }

  #put(names: readonly string[], value: unknown, isReplaced: boolean): void {
    const name = names.at(-1);
    if (name === undefined) {
      this.value = value;
      return;
    }
    const container = this.#open(names.slice(0, -1));
    if (isReplaced) childOf(container, name);
    if (!Array.isArray(container)) container[name] = value;
    else if (isReplaced) container[Number(name)] = value;
    else container.splice(name === "-" ? container.length : at(name, container.length), 0, value);
  }

  #remove(names: readonly string[]): void {
    const name = names.at(-1);
    if (name === undefined) {
      this.value = null;
      return;
    }
    const container = this.#open(names.slice(0, -1));
    childOf(container, name);
    if (Array.isArray(container)) container.splice(Number(name), 1);
    else delete container[name];
  }
}

/** The names in a JSON Pointer (RFC 6901). */
function namesIn(path: unknown): string[] {
  if (typeof path !== "string" || (path !== "" && !path.startsWith("/"))) {
    throw new PatchError("a path is not a JSON Pointer");
  }
  const names = path.split("/").slice(1);
  if (names.length > MAX_PATH) throw new PatchError(`a path has more than ${MAX_PATH} names`);
  for (const name of names) {
    if (REFUSED.has(name)) throw new PatchError(`the name ${name} is refused`);
    if (/~(?![01])/.test(name)) throw new PatchError("a path is not a JSON Pointer");
  }
  return names.map((name) => name.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function childOf(container: unknown, name: string): unknown {
  if (Array.isArray(container)) return container[at(name, container.length - 1)];
  if (isObject(container) && Object.hasOwn(container, name)) return container[name];
  throw new PatchError(`there is no ${name.slice(0, 40)} at the path`);
}

function at(name: string, most: number): number {
  if (!INDEX.test(name) || Number(name) > most) {
    throw new PatchError(`${name.slice(0, 40)} is not an index of the list`);
  }
  return Number(name);
}

function isEqual(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) || Array.isArray(b)) {
    const [left, right] = [listOf(a), listOf(b)];
    if (!Array.isArray(a) || !Array.isArray(b) || left.length !== right.length) return false;
    return left.every((item, index) => isEqual(item, right[index]));
  }
  if (!isObject(a) || !isObject(b)) return a === b;
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => Object.hasOwn(b, name) && isEqual(a[name], b[name]))
  );
}
