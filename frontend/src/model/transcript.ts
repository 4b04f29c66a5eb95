// The transcript of agents, assembled from AG-UI events (https://docs.ag-ui.com).
//
// Most events are parts of an entry: the start, content, end, chunk or result of a message, a piece
// of reasoning, a tool call or a step. A part finds its entry by its id, or, without one, continues
// the newest entry of its agent and kind. `OpenEntries` ends entries whose own end does not come.

import type { AgentMessage } from "../protocol/messages.gen.js";
import { isObject, showJson } from "../protocol/messages.js";
import type { Entry, EntryKind } from "./entry.js";
import { OpenEntries } from "./open-entries.js";

/** Most entries kept. */
const MAX_ENTRIES = 2_000;

/** How many of the oldest are removed when the bound is reached. */
const TRIM_ENTRIES = 200;

/** Most steps kept for loading earlier messages. */
const MAX_STEPS = 20_000;

/** Most characters of one text, so that the page stays responsive. */
export const MAX_TEXT = 200_000;

/** Most characters of an event that is shown as JSON. */
const MAX_DETAIL = 2_000;

type AguiEvent = AgentMessage["event"];

/** The meaning of an AG-UI type: TEXT_MESSAGE_CONTENT is the content of a message. */
interface Part {
  kind: EntryKind;
  action: "start" | "content" | "end" | "chunk" | "result";
  /** The field with the id of the entry. */
  id: string;
  /** The field with the title of the entry. */
  title?: string;
}

const MESSAGE = { kind: "message", id: "messageId", title: "role" } as const;
const REASONING = { kind: "reasoning", id: "messageId" } as const;
const TOOL = { kind: "tool", id: "toolCallId", title: "toolCallName" } as const;
const STEP = { kind: "step", id: "stepName", title: "stepName" } as const;

const PARTS = new Map<string, Part>([
  ["TEXT_MESSAGE_START", { ...MESSAGE, action: "start" }],
  ["TEXT_MESSAGE_CONTENT", { ...MESSAGE, action: "content" }],
  ["TEXT_MESSAGE_END", { ...MESSAGE, action: "end" }],
  ["TEXT_MESSAGE_CHUNK", { ...MESSAGE, action: "chunk" }],
  // Reasoning in earlier versions of AG-UI, without ids.
  ["THINKING_TEXT_MESSAGE_START", { ...REASONING, action: "start" }],
  ["THINKING_TEXT_MESSAGE_CONTENT", { ...REASONING, action: "content" }],
  ["THINKING_TEXT_MESSAGE_END", { ...REASONING, action: "end" }],
  ["REASONING_MESSAGE_START", { ...REASONING, action: "start" }],
  ["REASONING_MESSAGE_CONTENT", { ...REASONING, action: "content" }],
  ["REASONING_MESSAGE_END", { ...REASONING, action: "end" }],
  ["REASONING_MESSAGE_CHUNK", { ...REASONING, action: "chunk" }],
  ["TOOL_CALL_START", { ...TOOL, action: "start" }],
  ["TOOL_CALL_ARGS", { ...TOOL, action: "content" }],
  ["TOOL_CALL_END", { ...TOOL, action: "end" }],
  ["TOOL_CALL_CHUNK", { ...TOOL, action: "chunk" }],
  ["TOOL_CALL_RESULT", { ...TOOL, action: "result" }],
  ["STEP_STARTED", { ...STEP, action: "start" }],
  ["STEP_FINISHED", { ...STEP, action: "end" }],
]);

/** Brackets around reasoning messages; they are not shown. */
const BRACKETS = new Set(["THINKING_START", "THINKING_END", "REASONING_START", "REASONING_END"]);

/** What was applied to a transcript. */
type Step =
  | { kind: "add"; message: AgentMessage; time: number | null }
  | { kind: "divide"; heading: string; time: number | null }
  | { kind: "break" };

export class Transcript {
  #entries: Entry[] = [];
  #byId = new Map<string, Entry>();
  /** The entry that an event without an id continues, by agent and kind. */
  #current = new Map<string, Entry>();
  /** Entries that have not ended, by agent. */
  #open = new Map<string, OpenEntries>();
  #end = 0;
  #trimmed = 0;
  #added = 0;
  #attemptStart = 0;
  /** What was applied, for `prepend`; null where it is not kept. */
  #steps: Step[] | null = null;

  /** The entries kept, oldest first. */
  get entries(): readonly Entry[] {
    return this.#entries;
  }

  /** Number of the oldest entries that were removed. */
  get trimmed(): number {
    return this.#trimmed;
  }

  /** Whether earlier messages can be put before the first. */
  get mayGrowBack(): boolean {
    return this.#steps !== null && this.#trimmed === 0;
  }

  /** Number of events of agents that were applied. */
  get added(): number {
    return this.#added;
  }

  /** Keep what is applied from now on, up to a bound, so that earlier messages can be added. */
  keepSteps(): void {
    this.#steps = [];
  }

  /** Add what an earlier transcript, whose steps were kept, has before this one. */
  prepend(earlier: Transcript): void {
    const steps = [...(earlier.#steps ?? []), ...(this.#steps ?? [])];
    const whole = new Transcript();
    whole.keepSteps();
    for (const step of steps) whole.#apply(step);
    // The entries that were shown keep their numbers.
    const shift = this.#end - whole.#end;
    for (const entry of whole.#entries) entry.n += shift;
    this.#entries = whole.#entries;
    this.#byId = whole.#byId;
    this.#current = whole.#current;
    this.#open = whole.#open;
    this.#trimmed = whole.#trimmed;
    this.#added = whole.#added;
    this.#attemptStart = whole.#attemptStart + shift;
    this.#steps = whole.#steps;
  }

  #apply(step: Step): void {
    switch (step.kind) {
      case "add":
        this.add(step.message, step.time);
        break;
      case "divide":
        this.divide(step.heading, step.time);
        break;
      case "break":
        this.breakOff();
        break;
      default:
        step satisfies never;
    }
  }

  #keep(step: Step): void {
    if (this.#steps === null) return;
    if (this.#steps.length < MAX_STEPS) this.#steps.push(step);
    else this.#steps = null;
  }

  /** Number of the first entry of the newest attempt; all before it have ended. */
  get attemptStart(): number {
    return this.#attemptStart;
  }

  /** Begin an attempt; it continues no earlier entry. */
  divide(heading: string, time: number | null): void {
    this.#keep({ kind: "divide", heading, time });
    this.#byId.clear();
    this.#current.clear();
    this.#open.clear();
    this.#attemptStart = this.#end;
    if (this.#entries.length > 0) this.#push("divider", "", heading, "", time);
  }

  /** Events are missing; they may have ended the open entries. */
  breakOff(): void {
    this.#keep({ kind: "break" });
    for (const open of this.#open.values()) open.breakOff();
    this.#open.clear();
  }

  /** Apply an AG-UI event; `time` is milliseconds since 1970. */
  add(message: AgentMessage, time: number | null): void {
    this.#keep({ kind: "add", message, time });
    this.#added += 1;
    const { agent, event } = message;
    const type = text(event["type"]);
    const owner = text(event["subagentRunId"]);
    const part = PARTS.get(type);
    const open = this.#open.get(agent);
    if (type === "RUN_FINISHED" || type === "RUN_ERROR") {
      open?.endRun(text(event["runId"]), type === "RUN_ERROR");
    } else if (type === "SUBAGENT_FINISHED" || type === "SUBAGENT_ERROR") {
      open?.endSubagent(owner, type === "SUBAGENT_ERROR");
    }
    if (part?.action !== "chunk") open?.pass(type, owner);
    if (part) this.#part(part, agent, owner, event, time);
    else if (type === "RUN_ERROR") {
      this.#push("error", agent, "error", text(event["message"]), time).state = "failed";
    } else if (!BRACKETS.has(type)) {
      const entry = this.#push("other", agent, type, detail(event), time);
      if (type === "RUN_STARTED") this.#openOf(agent).beginRun(text(event["runId"]), entry);
    }
  }

  #part(part: Part, agent: string, owner: string, event: AguiEvent, time: number | null): void {
    const entry = this.#find(part, agent, owner, event, time);
    const open = this.#openOf(agent);
    entry.version += 1;
    if (part.title && text(event[part.title])) entry.title = text(event[part.title]);
    switch (part.action) {
      case "start":
        break;
      case "content":
        append(entry, text(event["delta"]));
        break;
      case "chunk":
        append(entry, text(event["delta"]));
        if (entry.state !== "open" && entry.result === null) {
          entry.state = "open";
          open.begin(entry, owner);
        }
        if (entry.state === "open") open.setLane(entry, owner);
        break;
      case "end":
        if (entry.kind === "tool") {
          if (entry.state === "open") entry.state = "waiting";
          break;
        }
        entry.state = "done";
        open.forget(entry);
        break;
      case "result":
        setResult(entry, event["content"]);
        entry.error = typeof event["error"] === "string" ? cut(event["error"], MAX_TEXT) : null;
        entry.state = entry.error === null ? "done" : "failed";
        open.forget(entry);
        break;
      default:
        part.action satisfies never;
    }
  }

  /** The entry that an event belongs to; a new one where its start is missing. */
  #find(part: Part, agent: string, owner: string, event: AguiEvent, time: number | null): Entry {
    const slot = `${part.kind}\n${agent}`;
    const id = text(event[part.id]);
    const key = `${slot}\n${id}`;
    const known = id === "" ? this.#continued(part, agent, owner) : this.#byId.get(key);
    // Without an id, and for a repeated step, a start begins a new entry.
    const isNew = part.action === "start" && (id === "" || known?.state !== "open");
    if (known && !isNew) return known;
    const entry = this.#push(part.kind, agent, "", "", time);
    entry.state = "open";
    this.#openOf(agent).begin(entry, owner);
    this.#current.set(slot, entry);
    if (id !== "") this.#byId.set(key, entry);
    return entry;
  }

  /** The entry that an event without an id continues. */
  #continued(part: Part, agent: string, owner: string): Entry | undefined {
    const current = this.#current.get(`${part.kind}\n${agent}`);
    if (part.action !== "chunk") return current;
    const lane = this.#open.get(agent)?.laneOf(part.kind, owner);
    return lane ?? (current?.state === "open" ? current : undefined);
  }

  #openOf(agent: string): OpenEntries {
    const known = this.#open.get(agent);
    if (known) return known;
    const open = new OpenEntries();
    this.#open.set(agent, open);
    return open;
  }

  #push(kind: EntryKind, agent: string, title: string, body: string, time: number | null): Entry {
    const entry: Entry = {
      n: this.#end,
      version: 0,
      kind,
      agent,
      title,
      text: cut(body, MAX_TEXT),
      result: null,
      error: null,
      state: "done",
      isCut: body.length > MAX_TEXT,
      time,
    };
    this.#entries.push(entry);
    this.#end += 1;
    if (this.#entries.length > MAX_ENTRIES) this.#trim();
    return entry;
  }

  #trim(): void {
    const oldest = new Set(this.#entries.splice(0, TRIM_ENTRIES));
    this.#trimmed += oldest.size;
    for (const index of [this.#byId, this.#current]) {
      for (const [key, entry] of index) if (oldest.has(entry)) index.delete(key);
    }
    for (const entry of oldest) this.#open.get(entry.agent)?.forget(entry);
    for (const [agent, open] of this.#open) if (open.isEmpty) this.#open.delete(agent);
  }
}

function append(entry: Entry, delta: string): void {
  if (entry.text.length + delta.length > MAX_TEXT) entry.isCut = true;
  entry.text += delta.slice(0, MAX_TEXT - entry.text.length);
}

function setResult(entry: Entry, content: unknown): void {
  const result = typeof content === "string" ? content : detail(content);
  if (result.length > MAX_TEXT) entry.isCut = true;
  entry.result = cut(result, MAX_TEXT);
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function cut(value: string, length: number): string {
  return value.length > length ? value.slice(0, length) : value;
}

/** An event's content in one line of JSON, without its type. */
function detail(value: unknown): string {
  if (!isObject(value)) return cut(showJson(value ?? null), MAX_DETAIL);
  const { type: _, ...rest } = value;
  const json = Object.keys(rest).length > 0 ? showJson(rest) : "";
  return json.length > MAX_DETAIL ? `${cut(json, MAX_DETAIL)}…` : json;
}
