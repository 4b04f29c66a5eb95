// What the user sends: numbered, kept until it is acknowledged, sent in order (protocol 6).

import type { ClientLimits } from "./messages.gen.js";
import type { AnyEvent } from "./messages.js";

/** Events kept for a server that is away. A person answers; they do not publish thousands. */
const MAX_EVENTS = 1_000;

/** The same bound in bytes: four of the largest events. */
const MAX_BYTES = 1024 * 1024;

/** What an event may have before a server has said its own limit (protocol 4.1). */
const EVENT_BYTES = 262_144;

/** An event that is to be sent holds what JSON does not have. */
export class JsonError extends TypeError {
  override name = "JsonError";
}

/** A numbered queue; nothing leaves it but by an acknowledgement. */
export class Outbox {
  #held: { body: string; bytes: number }[] = [];
  #heldBytes = 0;
  /** Number of the first event held. */
  #first = 1;
  /** Number of the next event to be written to this connection. */
  #next = 1;
  /** Last number of each message that is written and not acknowledged. */
  #underWay: number[] = [];
  #limits: ClientLimits | null = null;

  get unacknowledged(): number[] {
    return this.#held.map((_, index) => this.#first + index);
  }

  get isEmpty(): boolean {
    return this.#held.length === 0;
  }

  /**
   * Take an event to be sent.
   *
   * False where it is too large or the queue is full: whoever sends it learns that at once,
   * while dropping an older one would lose an answer that was taken already. Throws a JsonError
   * for what JSON cannot hold.
   */
  push(event: AnyEvent): boolean {
    const body = withoutHalves(toJson(event));
    const bytes = utf8Length(body);
    if (bytes > (this.#limits?.event_bytes ?? EVENT_BYTES)) return false;
    if (this.#held.length >= MAX_EVENTS || this.#heldBytes + bytes > MAX_BYTES) return false;
    this.#held.push({ body, bytes });
    this.#heldBytes += bytes;
    return true;
  }

  /** A connection that may publish is open: what the server has not stored goes again. */
  open(limits: ClientLimits, lastN: number | null): void {
    this.#limits = limits;
    if (lastN !== null) this.ack(lastN);
    this.#rewind();
  }

  /** The text of the next message, or null when all is written or the window is full. */
  next(): string | null {
    const limits = this.#limits;
    if (limits === null || this.#underWay.length >= limits.window) return null;
    const start = this.#next - this.#first;
    if (start >= this.#held.length) return null;
    const prefix = `{"type":"publish","first_n":${this.#next},"events":[`;
    const bodies: string[] = [];
    let bytes = prefix.length + "]}".length;
    for (const { body, bytes: size } of this.#held.slice(start, start + limits.batch_events)) {
      bytes += size + ",".length;
      if (bodies.length > 0 && bytes > limits.batch_bytes) break;
      bodies.push(body);
    }
    this.#next += bodies.length;
    this.#underWay.push(this.#next - 1);
    return `${prefix}${bodies.join(",")}]}`;
  }

  ack(upTo: number): void {
    const stored = Math.min(Math.max(upTo - this.#first + 1, 0), this.#held.length);
    for (const { bytes } of this.#held.splice(0, stored)) this.#heldBytes -= bytes;
    this.#first += stored;
    this.#next = Math.max(this.#next, this.#first);
    this.#underWay = this.#underWay.filter((last) => last > upTo);
  }

  /**
   * The server wants the events again, from `expect` where it says so.
   *
   * Where it expects a number that was acknowledged, it has lost data since. What is held was
   * then never stored there, so it is safe to give it new numbers that continue the server's.
   */
  again(expect: number | null): void {
    if (expect !== null && expect > this.#first) this.ack(expect - 1);
    else if (expect !== null) this.#first = expect;
    this.#rewind();
  }

  #rewind(): void {
    this.#next = this.#first;
    this.#underWay = [];
  }
}

/** JSON of an event, which would have null for a number that is none. */
function toJson(event: AnyEvent): string {
  try {
    return JSON.stringify(event, refuse);
  } catch (error) {
    if (error instanceof JsonError) throw error;
    const why = "it holds itself or is nested too deep";
    throw new JsonError(`the event cannot be written as JSON: ${why}`, { cause: error });
  }
}

function refuse(name: string, value: unknown): unknown {
  const isEndless = typeof value === "number" && !Number.isFinite(value);
  if (!isEndless && typeof value !== "bigint") return value;
  throw new JsonError(`"${name}" is ${isEndless ? value : "a BigInt"}, which JSON does not have`);
}

/** JSON with U+FFFD for each half of a surrogate pair, with which no server takes it (protocol 4.1). */
function withoutHalves(json: string): string {
  // A backslash of the text is two in JSON, and not the beginning of an escape.
  return json.replace(/\\\\|\\ud[89a-f][0-9a-f]{2}/g, (found) =>
    found.startsWith("\\u") ? "\ufffd" : found,
  );
}

/** Bytes of a text in UTF-8, without making them. */
function utf8Length(text: string): number {
  let bytes = text.length;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit >= 0x80) bytes += 1;
    // Half of a surrogate pair: the pair is two units and four bytes.
    if (unit >= 0x800 && (unit < 0xd800 || unit > 0xdfff)) bytes += 1;
  }
  return bytes;
}
