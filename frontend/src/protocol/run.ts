// The state of a run as a view shows it, reduced from notices one by one.
//
// It holds nothing that could not be rebuilt from the log, and each event costs the same however
// many came before it. `version` grows with every change, so that a view can draw when it suits.

import { LogBook } from "./log.js";
import { type AnyEvent, isObject, type KnownEvent, type Level, type Status } from "./messages.js";
import type { EventsNotice, Notice } from "./notices.js";
import { Tasks } from "./tasks.js";
import { Transcript } from "./transcript.js";

const STATUSES = new Set<string>([
  "pending",
  "running",
  "needs_input",
  "succeeded",
  "failed",
  "cancelled",
  "lost",
] satisfies Status[]);

/** After one of these nothing goes on, unless the run is started again. */
const ENDED = new Set<Status>(["succeeded", "failed", "cancelled", "lost"]);

const LEVELS = new Set<string>(["debug", "info", "warning", "error", "critical"] satisfies Level[]);

/** Most characters of an event of unknown type. */
const MAX_DETAIL = 2_000;

const RESET_WORDS = new Map([
  ["epoch", "The log began anew: this is another life of it."],
  ["ahead", "The log began anew: the server has lost events that were shown here."],
  ["diverged", "The log began anew: the server holds other events than were shown here."],
]);

export class Run {
  version = 0;
  /** Number of the last event applied. */
  seq = 0;
  status: Status = "pending";
  /** The words that came with the status. */
  message: string | null = null;
  /** Milliseconds since 1970 by the server's clock, as for all times of the status. */
  startedAt: number | null = null;
  endedAt: number | null = null;
  /** The last event applied, with the fields that the server sets. */
  lastEvent: AnyEvent | null = null;
  tasks = new Tasks();
  transcript = new Transcript();
  log = new LogBook();

  /** Whether nothing has come yet, not even a notice. */
  get isEmpty(): boolean {
    return this.version === 0;
  }

  get hasEnded(): boolean {
    return ENDED.has(this.status);
  }

  apply(notice: Notice): void {
    this.version += 1;
    switch (notice.kind) {
      case "events":
        this.#events(notice);
        break;
      case "gap":
        this.#missing(notice.to - notice.from + 1, "the history was trimmed");
        this.seq = notice.to;
        break;
      case "reset":
        this.#reset(notice.reason);
        break;
      case "direct":
        this.#event(notice.event, null);
        break;
      case "error":
        this.#notice(`The server could not use a message of this view: ${notice.message}`);
        break;
      case "refused":
        this.#notice(`The server refused what you sent: ${notice.message}`);
        break;
      default:
        notice satisfies never;
    }
  }

  #events({ first, timestamp, events }: EventsNotice): void {
    const stored = parseTime(timestamp);
    for (const event of events) this.#event(event, stored);
    this.seq = first + events.length - 1;
    const last = events.at(-1);
    if (last) this.lastEvent = { ...last, seq: this.seq, timestamp };
  }

  #event(event: AnyEvent, stored: number | null): void {
    const made = typeof event.time === "number" ? event.time * 1000 : stored;
    if (!isKnown(event)) {
      this.log.add(detail(event), { kind: "other", level: "info", source: null, time: made });
      return;
    }
    switch (event.type) {
      case "status_update":
        this.#status(event.status, event.message ?? null, stored);
        break;
      case "log":
        this.log.add(event.message, {
          kind: "log",
          level: LEVELS.has(event.level ?? "") ? (event.level ?? "info") : "info",
          source: event.source ?? null,
          time: made,
        });
        break;
      case "build_progress":
        this.tasks.update(event, made);
        break;
      case "agent_message":
        this.transcript.add(event, made);
        break;
      case "dropped":
        this.#missing(event.count, droppedWords(event.reason, event.message ?? null), made);
        break;
      default:
        event satisfies never;
    }
  }

  #status(status: Status, message: string | null, time: number | null): void {
    if (ENDED.has(status)) {
      this.endedAt = time;
    } else if (status === "running") {
      // A lost publisher that comes back goes on with its run; after an end a new one begins.
      if (this.startedAt === null || (this.hasEnded && this.status !== "lost")) {
        this.startedAt = time;
      }
      this.endedAt = null;
    }
    this.status = status;
    this.message = message;
  }

  #missing(count: number, why: string, time: number | null = null): void {
    this.#notice(
      `${count.toLocaleString("en")} ${count === 1 ? "event" : "events"} lost: ${why}`,
      time,
    );
  }

  #reset(reason: string): void {
    this.seq = 0;
    this.status = "pending";
    this.message = null;
    this.startedAt = null;
    this.endedAt = null;
    this.lastEvent = null;
    this.tasks = new Tasks();
    this.transcript = new Transcript();
    this.log = new LogBook();
    this.#notice(RESET_WORDS.get(reason) ?? "The log began anew.");
  }

  #notice(text: string, time: number | null = null): void {
    this.log.add(text, { kind: "notice", level: "warning", source: null, time });
  }
}

/** Whether an event has the fields on which its row is built. */
function isKnown(event: AnyEvent): event is KnownEvent {
  const isText = (name: string) => typeof event[name] === "string";
  const isNumber = (name: string) => typeof event[name] === "number";
  switch (event.type) {
    case "status_update":
      return STATUSES.has(String(event["status"]));
    case "log":
      return isText("message");
    case "build_progress":
      return isText("task") && isNumber("current");
    case "agent_message":
      return isText("agent") && isObject(event["event"]);
    case "dropped":
      return isNumber("count");
    default:
      return false;
  }
}

function droppedWords(reason: string, message: string | null): string {
  const why = reason === "buffer_full" ? "the publisher's buffer was full" : "they were refused";
  return message === null ? why : `${why} (${message})`;
}

function detail({ type, time: _, ...rest }: AnyEvent): string {
  const json = JSON.stringify(rest);
  return `${type} ${json.length > MAX_DETAIL ? `${json.slice(0, MAX_DETAIL)}…` : json}`;
}

function parseTime(timestamp: string): number | null {
  const time = Date.parse(timestamp);
  return Number.isNaN(time) ? null : time;
}
