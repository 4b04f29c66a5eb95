// The queue of events to publish: numbered, sent in order, kept until acknowledged (protocol 6).

import type { ClientLimits } from "./messages.gen.js";
import type { AnyEvent } from "./messages.js";

/** Bound of the queue while there is no connection; a user's answers are far fewer. */
const MAX_EVENTS = 1_000;

/** The same bound in bytes: four of the largest events. */
const MAX_BYTES = 1024 * 1024;

/** Largest event in bytes until `welcome` states the server's own limit (protocol 4.1). */
const EVENT_BYTES = 262_144;

/** An event holds a value that JSON cannot represent. */
export class JsonError extends TypeError {
  override name = "JsonError";
}

export class Outbox {
  #held: { body: string; bytes: number }[] = [];
  #heldBytes = 0;
  /** Number of the first event held. */
  #first = 1;
  /** Number of the next event to be written to this connection. */
  #next = 1;
  /** Last number of each message in flight: written and not acknowledged. */
  #inFlight: number[] = [];
  #limits: ClientLimits | null = null;

  get unacknowledged(): number[] {
    return this.#held.map((_, index) => this.#first + index);
  }

  get isEmpty(): boolean {
    return this.#held.length === 0;
  }

  /**
   * Queue an event.
   *
   * Returns false where the event is too large or the queue is full: the caller can react to that,
   * while dropping an older event would lose an answer that was accepted already. Throws a
   * JsonError for a value that JSON cannot represent.
   */
  push(event: AnyEvent): boolean {
    const body = replaceLoneSurrogates(toJson(event));
    const bytes = utf8Length(body);
    if (bytes > (this.#limits?.event_bytes ?? EVENT_BYTES)) return false;
    if (this.#held.length >= MAX_EVENTS || this.#heldBytes + bytes > MAX_BYTES) return false;
    this.#held.push({ body, bytes });
    this.#heldBytes += bytes;
    return true;
  }

  /** A connection that may publish is open: send everything after `lastN` again, as `resend`. */
  open(limits: ClientLimits, lastN: number | null): boolean {
    this.#limits = limits;
    return this.resend(lastN === null ? null : lastN + 1);
  }

  /** The next `publish` message as JSON, or null when all is written or the window is full. */
  next(): string | null {
    const limits = this.#limits;
    if (limits === null || this.#inFlight.length >= limits.window) return null;
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
    this.#inFlight.push(this.#next - 1);
    return `${prefix}${bodies.join(",")}]}`;
  }

  ack(upTo: number): void {
    const stored = Math.min(Math.max(upTo - this.#first + 1, 0), this.#held.length);
    for (const { bytes } of this.#held.splice(0, stored)) this.#heldBytes -= bytes;
    this.#first += stored;
    this.#next = Math.max(this.#next, this.#first);
    this.#inFlight = this.#inFlight.filter((last) => last > upTo);
  }

  /**
   * Send again from number `expect`; where that is null, from the first event held.
   *
   * Returns false where the server expects a number that it has acknowledged: it has lost events.
   */
  resend(expect: number | null): boolean {
    if (expect !== null && expect < this.#first) return false;
    if (expect !== null) this.ack(expect - 1);
    this.#next = this.#first;
    this.#inFlight = [];
    return true;
  }
}

/** The event as JSON; throws where `JSON.stringify` alone would write null for NaN or Infinity. */
function toJson(event: AnyEvent): string {
  try {
    return JSON.stringify(event, rejectNonJson);
  } catch (error) {
    if (error instanceof JsonError) throw error;
    const why = "it is circular or nested too deep";
    throw new JsonError(`the event cannot be written as JSON: ${why}`, { cause: error });
  }
}

function rejectNonJson(name: string, value: unknown): unknown {
  const isEndless = typeof value === "number" && !Number.isFinite(value);
  if (!isEndless && typeof value !== "bigint") return value;
  throw new JsonError(`"${name}" is ${isEndless ? value : "a BigInt"}, which JSON does not have`);
}

/** Replace each lone surrogate by U+FFFD, because a server rejects it (protocol 4.1). */
function replaceLoneSurrogates(json: string): string {
  // Two backslashes are an escaped one, and do not begin an escape of a code unit.
  return json.replace(/\\\\|\\ud[89a-f][0-9a-f]{2}/g, (found) =>
    found.startsWith("\\u") ? "\ufffd" : found,
  );
}

/** The size of a text in UTF-8, without encoding it. */
function utf8Length(text: string): number {
  let bytes = text.length;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit >= 0x80) bytes += 1;
    // A surrogate pair is two code units and four bytes, so two for each of its halves.
    if (unit >= 0x800 && (unit < 0xd800 || unit > 0xdfff)) bytes += 1;
  }
  return bytes;
}
