// One run followed through the kernel, over the comm of a widget (protocol 11).
//
// What the kernel says comes while a cell runs; in most front ends what is said here reaches it
// only when the cell has ended. So nothing is given up because an answer does not come: what was
// asked stands, and the kernel tells the run by itself until somebody is heard.

import { sentence } from "../model/remarks.js";
import type { Run } from "../model/run.js";
import { CloseCode, closeWords, shouldReconnect } from "../protocol/codes.js";
import type { AnyEvent } from "../protocol/messages.js";
import { Session } from "../protocol/session.js";
import { randomId } from "../server/random-id.js";
import type { ConnectionState, Feed, Source } from "./feed.js";
import { Intake } from "./intake.js";
import { shareFeed } from "./shared.js";

/** What is used of a widget's model: its custom messages. */
export interface Comm {
  send(content: object): void;
  on(event: string, callback: (content: unknown) => void): void;
  off(event: string, callback: (content: unknown) => void): void;
}

export function sendSafely(comm: Comm, content: object): void {
  try {
    comm.send(content);
  } catch {
    // The host has closed the comm: the kernel is gone, and the view says so in time.
  }
}

/** Of the stream that all pages hear: its messages are numbered, as any may be lost. */
interface StreamFrame {
  stream: string;
  n: number;
  messages: string[];
  closed: number | undefined;
}

/** For the page that publishes over a connection of this name. */
interface PublisherFrame {
  publisher: string;
  messages: string[];
  closed: number | undefined;
}

type Timer = ReturnType<typeof setTimeout> | undefined;

/**
 * When something is said again. Some hosts open a way around the cell that runs a moment after the
 * comm: what was said before that waits for the cell, what is said later does not.
 */
const AGAIN_AFTER = [1_000, 4_000, 30_000];

/** Longer than the kernel is silent while it is well. */
const PATIENCE = 25_000;

/** A kernel that is well gives a sign of life after 10 s of silence. */
const LONGEST_SILENCE = 11_000;

/** How long to wait before what the kernel could not open is asked for again. */
const REOPEN_AFTER = 5_000;

/** How long a run is followed that no view shows: hosts throw views away and make them again. */
const LINGER = 60_000;

const LIMITS = "Shown through the kernel. While a cell runs, answers may have to wait for its end.";

/** By where the run is kept. */
const LIFE = {
  kernel: "The run is in the kernel and ends with it.",
  server: "The run is on a server and is kept there; this view of it ends with the kernel.",
};

type Place = keyof typeof LIFE;

const MISSING = "A part was lost on the way: the view is complete when the cell ends.";

const NO_ANSWER = "The kernel does not answer.";

/** The run of one widget, in as many views as show it. */
export class CommSource implements Source {
  readonly #comm: Comm;
  readonly #place: Place;
  readonly #name = `comm ${randomId()}`;

  /** `place` is where the run is kept. */
  constructor(comm: Comm, place: Place) {
    this.#comm = comm;
    this.#place = place;
  }

  watch(sprintId: string, onChange: () => void): Feed {
    return shareFeed(
      `${this.#name} ${sprintId}`,
      (changed) => new CommFeed(this.#comm, this.#place, sprintId, changed),
      onChange,
      LINGER,
    );
  }
}

export class CommFeed implements Feed {
  #state: ConnectionState = { phase: "connecting" };
  readonly #comm: Comm;
  readonly #place: Place;
  readonly #onChange: () => void;
  readonly #intake = new Intake(LONGEST_SILENCE);
  readonly #session: Session;
  readonly #publisher: Publisher;
  /** The stream that is followed, and the number of its next message. */
  #stream: string | null = null;
  #next = 0;
  /** Whether the kernel was asked to go on after the position of this side, and has not done so. */
  #isWanting = false;
  /** Whether that takes so long that the user should know. */
  #isMissing = false;
  /** Whether the kernel has said nothing for so long that it may be gone. */
  #isDoubted = false;
  #again: Timer;
  #patience: Timer;
  #isClosed = false;

  /** Listens at once; the first `onChange` comes later. */
  constructor(comm: Comm, place: Place, sprintId: string, onChange: () => void) {
    this.#comm = comm;
    this.#place = place;
    this.#onChange = onChange;
    this.#session = new Session({ sprintId, publisherId: randomId(), listensForLife: false });
    this.#publisher = new Publisher({
      sprintId,
      say: (content) => this.#say(content),
      onChange: (session) => {
        this.#intake.take(session);
        this.#onChange();
      },
    });
    comm.on("msg:custom", this.#receive);
    comm.on("comm_live_update", this.#doubt);
    this.#speak();
    this.#wait();
  }

  get run(): Run {
    return this.#intake.run;
  }

  get clockOffset(): number {
    return this.#intake.clockOffset;
  }

  get asOf(): number | null {
    return this.#intake.asOf;
  }

  get state(): ConnectionState {
    return this.#state;
  }

  get limits(): string {
    return `${LIMITS} ${this.#isMissing ? MISSING : LIFE[this.#place]}`;
  }

  get isConnected(): boolean {
    return this.#session.isOpen;
  }

  /** The newest event of the run, or null. */
  get lastMessage(): AnyEvent | null {
    return this.run.lastEvent;
  }

  /** Publish an event; it waits for the kernel, which may be busy. */
  sendMessage(event: AnyEvent): boolean {
    return !this.#isClosed && this.#publisher.send(event);
  }

  retry(): void {
    if (this.#isClosed) return;
    this.#wait();
    this.#want();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#comm.off("msg:custom", this.#receive);
    this.#comm.off("comm_live_update", this.#doubt);
    clearTimeout(this.#again);
    clearTimeout(this.#patience);
    this.#publisher.close();
    this.#say({ gone: true });
  }

  readonly #receive = (content: unknown): void => {
    const frame = readFrame(content);
    if (frame === null) return;
    if ("publisher" in frame) this.#publisher.receive(frame);
    else this.#follow(frame);
  };

  #follow(frame: StreamFrame): void {
    this.#intake.heard(Date.now());
    this.#wait();
    if (frame.stream !== this.#stream && frame.n === 0) this.#join(frame.stream);
    if (frame.stream !== this.#stream || frame.n !== this.#next) {
      // What is missing comes with a new stream, and what else this one holds as well.
      if (!this.#isWanting) this.#want();
      return;
    }
    this.#next += 1;
    if (frame.closed !== undefined) {
      this.#closed(frame.closed);
      return;
    }
    const now = performance.now();
    for (const message of frame.messages) this.#session.receive(message, now);
    this.#pump();
  }

  /** Go on with a stream that begins: what of it was seen already is dropped. */
  #join(stream: string): void {
    this.#stream = stream;
    this.#next = 0;
    const wasMissing = this.#isMissing;
    this.#isWanting = false;
    this.#isMissing = false;
    this.#session.lost();
    this.#intake.forget();
    this.#session.join(performance.now());
    // An answer may be missing as well.
    if (wasMissing) this.#publisher.reopen();
  }

  #pump(): void {
    this.#session.takeFrames();
    this.#intake.take(this.#session);
    const { closing, welcome } = this.#session;
    if (closing !== null) {
      this.#closed(closing);
      return;
    }
    if (welcome !== null) this.#intake.setClock(welcome, Date.now());
    this.#tell(this.#intake.stateOf(this.#session) ?? this.#state);
  }

  #closed(code: number): void {
    this.#stream = null;
    this.#session.lost();
    clearTimeout(this.#again);
    const why = sentence(closeWords(code));
    if (code === CloseCode.RECONNECT || code === CloseCode.INSUFFICIENT_STATE) {
      this.#want();
    } else if (shouldReconnect(code)) {
      this.#again = setTimeout(() => this.#want(), REOPEN_AFTER);
      this.#tell({ phase: "reconnecting", why, retryAt: performance.now() + REOPEN_AFTER });
    } else {
      clearTimeout(this.#patience);
      this.#tell({ phase: "disconnected", why });
    }
  }

  /** Ask the kernel to go on after the position of this side. */
  #want(): void {
    this.#stream = null;
    this.#isWanting = true;
    this.#speak();
  }

  #speak(times = 0): void {
    clearTimeout(this.#again);
    const after = this.#session.position;
    this.#say(this.#isWanting ? { watch: { after } } : { here: true });
    if (this.#isWanting && times > 0) {
      this.#isMissing = true;
      const why = this.#isDoubted ? NO_ANSWER : "A part was lost on the way.";
      this.#tell({ phase: "reconnecting", why, retryAt: null });
    }
    const wait = AGAIN_AFTER[Math.min(times, AGAIN_AFTER.length - 1)];
    if (this.#isWanting || times < 2) {
      this.#again = setTimeout(() => this.#speak(times + 1), wait);
    }
  }

  /** Begin to wait for the next word of the kernel. */
  #wait(): void {
    this.#isDoubted = false;
    clearTimeout(this.#patience);
    this.#patience = setTimeout(this.#doubt, PATIENCE);
  }

  /** Until the kernel says something, nobody knows whether it is there. */
  readonly #doubt = (): void => {
    this.#isDoubted = true;
    this.#tell({ phase: "reconnecting", why: NO_ANSWER, retryAt: null });
    this.#speak();
  };

  #say(content: object): void {
    sendSafely(this.#comm, content);
  }

  #tell(state: ConnectionState): void {
    this.#intake.follow(state, Date.now());
    this.#state = state;
    this.#onChange();
  }
}

interface PublisherOptions {
  sprintId: string;
  say: (content: object) => void;
  onChange: (session: Session) => void;
}

/** What the user sends: over a connection of its own, opened when there is something to send. */
class Publisher {
  readonly #session: Session;
  readonly #say: (content: object) => void;
  readonly #onChange: (session: Session) => void;
  /** The connection that is open. */
  #name: string | null = null;
  #timer: Timer;

  constructor({ sprintId, say, onChange }: PublisherOptions) {
    this.#session = new Session({
      sprintId,
      publisherId: randomId(),
      watch: false,
      publish: true,
      listensForLife: false,
    });
    this.#say = say;
    this.#onChange = onChange;
  }

  send(event: AnyEvent): boolean {
    const isTaken = this.#session.send(event);
    if (this.#name === null) this.reopen();
    else this.#pump();
    return isTaken;
  }

  receive(frame: PublisherFrame): void {
    if (frame.publisher !== this.#name) return;
    if (frame.closed !== undefined) {
      this.#lost(shouldReconnect(frame.closed));
      return;
    }
    for (const message of frame.messages) this.#session.receive(message, performance.now());
    this.#pump();
  }

  /** Connect anew where something was not acknowledged: an answer may have been lost. */
  reopen(): void {
    this.close();
    if (this.#session.unacknowledged.length === 0) return;
    this.#name = randomId();
    this.#session.open(null, performance.now());
    this.#pump();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#session.lost();
    if (this.#name !== null) this.#say({ publisher: this.#name, closed: true });
    this.#name = null;
  }

  #pump(): void {
    const messages = this.#session.takeFrames();
    if (messages.length > 0) this.#say({ publisher: this.#name, messages });
    const { closing, deadline } = this.#session;
    if (closing !== null) this.#lost(shouldReconnect(closing));
    else if (deadline !== null) {
      this.#schedule(deadline - performance.now(), () => {
        this.#session.tick(performance.now());
        this.#pump();
      });
    }
    this.#onChange(this.#session);
  }

  #lost(mayRetry: boolean): void {
    this.close();
    if (mayRetry) this.#schedule(REOPEN_AFTER, () => this.reopen());
  }

  #schedule(delay: number, callback: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(callback, Math.max(delay, 0));
  }
}

function readFrame(content: unknown): StreamFrame | PublisherFrame | null {
  if (typeof content !== "object" || content === null) return null;
  const { stream, n, publisher, closed, messages } = content as Record<string, unknown>;
  const rest = {
    messages: Array.isArray(messages) ? messages.map(String) : [],
    closed: typeof closed === "number" ? closed : undefined,
  };
  if (typeof publisher === "string") return { publisher, ...rest };
  if (typeof stream === "string" && typeof n === "number") return { stream, n, ...rest };
  return null;
}
