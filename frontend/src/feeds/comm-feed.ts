// A run followed through the kernel, over the comm of a widget (protocol 11).
//
// Theory of operation. The kernel is connected to the server (or holds the run itself) and relays
// the server's messages in a stream. Messages from the kernel arrive while a cell runs; messages to
// the kernel are processed when the cell has ended, except by a kernel with subshells in JupyterLab and
// Notebook 7. So a missing reply proves nothing:
//
// - The kernel starts a stream without a request, and the page repeats what it sends: `here` after
//   1 and 5 s, a request for a new stream also every 30 s until one begins.
// - All pages receive the same stream. Its messages are numbered, because any may be lost; after a
//   gap the page requests a new stream that starts after its position, and discards the old one.
// - A stream begins with number 0 and a `welcome`; the session skips events that it has applied.
// - A working kernel sends at least a sign of life every 10 s. After 25 s of silence, or when the
//   host reports a change of the comm, the state is `reconnecting` until the next message.
// - A stream begins with the newest events; older ones, and searches, are requested (`CommRequests`),
//   and come when the kernel is free.
// - The user's events go over a second connection, opened when there is something to send
//   (`CommSender`), because the stream is read-only and is not the page's own.

import { sentence } from "../model/remarks.js";
import type { Run } from "../model/run.js";
import { Backoff } from "../protocol/backoff.js";
import { ClientSession } from "../protocol/client-session.js";
import { CloseCode, closeWords, shouldReconnect } from "../protocol/codes.js";
import type { AnyEvent } from "../protocol/messages.js";
import { randomId } from "../server/random-id.js";
import { kept, type LoadBlob } from "./blobs.js";
import type { LoadCode } from "./code-loader.js";
import { type Comm, readFrame, type StreamFrame, sendSafely } from "./comm.js";
import type { CommCode } from "./comm-code.js";
import { CommRequests } from "./comm-requests.js";
import { commSearch } from "./comm-search.js";
import { CommSender } from "./comm-sender.js";
import { limitWords, NO_ANSWER, PART_LOST, REPLY_LIMIT, type Storage } from "./comm-words.js";
import { FeedContent } from "./content.js";
import type { ConnectionState, Feed } from "./feed.js";
import { loadEvents } from "./load-events.js";
import { PageLoader } from "./page-loader.js";
import { replyEvent, type SendReply } from "./reply.js";
import type { Search } from "./search.js";
import { SeriesLoader } from "./series-loader.js";

/** Events that a stream begins with, as the kernel's own does: the most of protocol 3.2. */
const NEWEST = 1_000;

type Timer = ReturnType<typeof setTimeout> | undefined;

/**
 * Delays after which a message is sent again, in milliseconds. Some hosts open a second channel to
 * the kernel shortly after the comm: a message sent before waits for the running cell, a message
 * sent later does not.
 */
const RESEND_AFTER = [1_000, 4_000, 30_000];

/** Silence after which the kernel is suspected to be gone. */
const SILENCE_TIMEOUT = 25_000;

/** The longest silence of a working kernel: it sends a sign of life after 10 s. */
const MAX_SILENCE = 11_000;

interface CommFeedOptions {
  comm: Comm;
  storage: Storage;
  code: CommCode;
  sprintId: string;
  onChange: () => void;
}

export class CommFeed implements Feed {
  readonly history: PageLoader;
  readonly series: SeriesLoader;
  readonly search: Search;
  readonly fileUrl = null;
  readonly loadBlob: LoadBlob;
  readonly replyLimit = REPLY_LIMIT;
  readonly reply: SendReply = (answer, signal) => this.#requests.reply(replyEvent(answer), signal);
  #state: ConnectionState = { phase: "connecting" };
  readonly #comm: Comm;
  readonly #storage: Storage;
  readonly #code: CommCode;
  readonly #onChange: () => void;
  readonly #content = new FeedContent(MAX_SILENCE, () => this.#drain());
  readonly #session: ClientSession;
  readonly #sender: CommSender;
  readonly #requests = new CommRequests((content) => this.#send(content));
  readonly #lifetime = new AbortController();
  readonly #backoff = new Backoff();
  /** The id of the stream that is followed, and the number of its next message. */
  #stream: string | null = null;
  #next = 0;
  /** Whether a new stream was requested and has not begun. */
  #isRequesting = false;
  /** Whether that takes so long that the user should know. */
  #isIncomplete = false;
  #isSuspectedDead = false;
  #resend: Timer;
  #silence: Timer;
  #isClosed = false;

  /** Subscribes at once; the first `onChange` comes after the constructor has returned. */
  constructor({ comm, storage, code, sprintId, onChange }: CommFeedOptions) {
    this.#code = code;
    this.#comm = comm;
    this.#storage = storage;
    this.#onChange = onChange;
    this.search = commSearch(this.run, this.#requests);
    this.#session = new ClientSession({
      sprintId,
      newest: NEWEST,
      newPublisherId: randomId,
      hasHeartbeat: false,
    });
    const { run } = this;
    const { signal } = this.#lifetime;
    const epoch = () => this.#session.position?.epoch ?? null;
    const requests = this.#requests;
    this.history = new PageLoader({
      ...{ run, epoch, onChange, signal },
      load: (range) => loadEvents((given, aborted) => requests.events(given, aborted), range),
    });
    this.loadBlob = kept((blob, aborted) => requests.blob(blob, aborted));
    this.series = new SeriesLoader({
      ...{ run, epoch, onChange, signal },
      request: (attempt) => requests.series(attempt, signal),
    });
    this.#sender = new CommSender({
      sprintId,
      send: (content) => this.#send(content),
      onChange: (session) => {
        this.#content.applyNotices(session);
        this.#onChange();
      },
    });
    comm.on("msg:custom", this.#receive);
    comm.on("comm_live_update", this.#suspectDead);
    this.#announce();
    this.#restartSilence();
  }

  get run(): Run {
    return this.#content.run;
  }

  get clockOffset(): number {
    return this.#content.clockOffset;
  }

  get asOf(): number | null {
    return this.#content.asOf;
  }

  get loadCode(): LoadCode {
    return this.#code.load;
  }

  get state(): ConnectionState {
    return this.#state;
  }

  get limits(): string {
    return limitWords(this.#storage, this.#isIncomplete);
  }

  get isConnected(): boolean {
    return this.#session.isOpen;
  }

  /** The newest event of the run, or null. */
  get lastMessage(): AnyEvent | null {
    return this.run.lastEvent;
  }

  /** Publish an event; it is queued while the kernel is busy. */
  sendMessage(event: AnyEvent): boolean {
    return !this.#isClosed && this.#sender.push(event);
  }

  retry(): void {
    if (this.#isClosed) return;
    this.#restartSilence();
    this.#requestStream();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#comm.off("msg:custom", this.#receive);
    this.#comm.off("comm_live_update", this.#suspectDead);
    clearTimeout(this.#resend);
    clearTimeout(this.#silence);
    this.#lifetime.abort();
    this.#requests.close();
    this.#sender.close();
    this.#send({ gone: true });
  }

  readonly #receive = (content: unknown): void => {
    const frame = readFrame(content);
    if (frame === null) return;
    if ("publisher" in frame) this.#sender.receive(frame);
    else if ("response" in frame) this.#requests.receive(frame);
    else if ("code" in frame) this.#code.take(frame);
    else this.#receiveStream(frame);
  };

  #receiveStream(frame: StreamFrame): void {
    this.#content.received(Date.now());
    this.#restartSilence();
    if (frame.stream !== this.#stream && frame.n === 0) this.#join(frame.stream);
    if (frame.stream !== this.#stream || frame.n !== this.#next) {
      // The new stream brings the missing messages, and all that follows in this one.
      if (!this.#isRequesting) this.#requestStream();
      return;
    }
    this.#next += 1;
    if (frame.closed !== undefined) {
      this.#closed(frame.closed);
      return;
    }
    const now = performance.now();
    for (const message of frame.messages) this.#session.receive(message, now);
    this.#drain();
  }

  /** Follow a stream from its beginning. */
  #join(stream: string): void {
    this.#stream = stream;
    this.#next = 0;
    const wasIncomplete = this.#isIncomplete;
    this.#isRequesting = false;
    this.#isIncomplete = false;
    this.#session.lost();
    this.#content.forget();
    this.#session.join(performance.now());
    this.history.retry();
    // An acknowledgement may have been lost as well.
    if (wasIncomplete) this.#sender.reopen();
  }

  #drain(): void {
    this.#session.takeFrames();
    if (this.#content.applyNotices(this.#session)) this.#backoff.reset();
    const { closing, welcome } = this.#session;
    if (closing !== null) {
      this.#closed(closing);
      return;
    }
    if (welcome !== null) this.#content.setClock(welcome, Date.now());
    this.#setState(this.#content.stateOf(this.#session) ?? this.#state);
  }

  #closed(code: number): void {
    this.#stream = null;
    this.#session.lost();
    clearTimeout(this.#resend);
    const why = sentence(closeWords(code));
    if (code === CloseCode.RECONNECT || code === CloseCode.INSUFFICIENT_STATE) {
      this.#requestStream();
    } else if (shouldReconnect(code)) {
      const wait = this.#backoff.nextWait(performance.now(), Math.random());
      this.#resend = setTimeout(() => this.#requestStream(), wait);
      this.#setState({ phase: "reconnecting", why, retryAt: performance.now() + wait });
    } else {
      clearTimeout(this.#silence);
      this.#setState({ phase: "disconnected", why });
    }
  }

  /** Request a new stream that starts after the position of this page. */
  #requestStream(): void {
    this.#stream = null;
    this.#isRequesting = true;
    this.#announce();
  }

  /** Send the request for a stream, or that this page is here, and schedule sending it again. */
  #announce(times = 0): void {
    clearTimeout(this.#resend);
    this.#send(this.#isRequesting ? { watch: this.#session.watchRequest } : { here: true });
    if (this.#isRequesting && times > 0) {
      this.#isIncomplete = true;
      const why = this.#isSuspectedDead ? NO_ANSWER : PART_LOST;
      this.#setState({ phase: "reconnecting", why, retryAt: null });
    }
    const delay = RESEND_AFTER[Math.min(times, RESEND_AFTER.length - 1)];
    if (this.#isRequesting || times < 2) {
      this.#resend = setTimeout(() => this.#announce(times + 1), delay);
    }
  }

  #restartSilence(): void {
    this.#isSuspectedDead = false;
    clearTimeout(this.#silence);
    this.#silence = setTimeout(this.#suspectDead, SILENCE_TIMEOUT);
  }

  /** The kernel may be gone; the next message from it proves otherwise. */
  readonly #suspectDead = (): void => {
    this.#isSuspectedDead = true;
    this.#setState({ phase: "reconnecting", why: NO_ANSWER, retryAt: null });
    this.#announce();
  };

  #send(content: object): void {
    sendSafely(this.#comm, content);
  }

  #setState(state: ConnectionState): void {
    this.#content.updateAsOf(state, Date.now());
    this.#state = state;
    this.#onChange();
  }
}
