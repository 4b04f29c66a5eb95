// Announces changes of a run to screen readers: status, errors, lost events, agents' messages.
//
// Each kind remembers what was announced last, so a text has only the changes since. Status changes
// are announced when they come, counts at their first change and then every 30 s, messages when they
// have ended.

import { useEffect, useState } from "preact/hooks";
import { type Feed, publisherGoneAt } from "../feeds/feed.js";
import { lossWords } from "../model/remarks.js";
import type { TimelineNode } from "../model/timeline/node.js";
import type { Timeline } from "../model/timeline.js";
import { formatCount } from "../ui/format.js";
import { shownText } from "../ui/text.js";
import { attemptAside, statusWords } from "../ui/words.js";
import { type Announcing, joinLiveRegion, type Membership } from "./live-region.js";
import { roleOf } from "./node-state.js";

/** Time between two announcements of the same count, in milliseconds. */
const COUNTS_EVERY = 30_000;

/** Characters of a message, and how many of the newest are announced at a time. */
const MAX_MESSAGE = 160;
const MAX_MESSAGES = 2;

const PHASE_WORDS = {
  connecting: "connecting",
  catching_up: "catching up",
  connected: "connected",
  reconnecting: "the connection is lost, reconnecting",
  disconnected: "disconnected",
  no_server: "no server",
};

export function ScreenReaderUpdates({ feed, sprintId }: { feed: Feed; sprintId: string }): null {
  const [announcements] = useState(() => new Announcements(sprintId, feed));
  useEffect(() => announcements.begin(), [announcements]);
  useEffect(() => announcements.update());
  return null;
}

class Announcements implements Announcing {
  readonly name: string;
  readonly #feed: Feed;
  #membership: Membership | null = null;
  #announced: string[] = [];
  #errors = new Count("error", " in the log");
  #lost = new Count("lost event");
  #messages = new Messages();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(name: string, feed: Feed) {
    this.name = name;
    this.#feed = feed;
  }

  begin(): () => void {
    const membership = joinLiveRegion(this);
    this.#membership = membership;
    this.update();
    return () => {
      clearTimeout(this.#timer);
      this.#membership = null;
      membership.leave();
    };
  }

  /** Request an announcement where there are changes. */
  update(): void {
    const { run, state } = this.#feed;
    this.#messages.follow(run.timeline, state.phase === "connected");
    this.#errors.follow(run.counts.errors);
    this.#lost.follow(run.counts.lost);
    const now = performance.now();
    const counts = [this.#errors, this.#lost].filter((count) => count.isNew);
    const isUrgent = this.#errors.isNew && this.#errors.due <= now;
    const isChanged = this.#facts().join() !== this.#announced.join() || this.#messages.isNew;
    if (isUrgent || isChanged || counts.some(({ due }) => due <= now))
      this.#membership?.request(isUrgent);
    clearTimeout(this.#timer);
    const later = counts.map(({ due }) => due).filter((due) => due > now);
    if (later.length > 0) {
      this.#timer = setTimeout(() => this.update(), Math.min(...later) - now);
    }
  }

  takeText(): string {
    const facts = this.#facts();
    const changed = facts.filter((fact, index) => fact !== this.#announced[index]);
    this.#announced = facts;
    const now = performance.now();
    const counts = [this.#errors.takeText(now), this.#lost.takeText(now)];
    const summary = [...changed, ...counts].filter((words) => words !== "").join(", ");
    return [summary, ...this.#messages.takeTexts()].filter((words) => words !== "").join(". ");
  }

  #facts(): string[] {
    const { run, state } = this.#feed;
    return [
      run.isEmpty ? "" : statusWords(run),
      lossWords(run),
      publisherGoneAt(this.#feed) === null ? "" : "publisher disconnected",
      attemptAside(run),
      run.isEmpty && state.phase === "connected" ? "no such run" : PHASE_WORDS[state.phase],
    ];
  }
}

/** A count that is announced at its first change, and then at most every 30 s. */
class Count {
  /** The time of the next announcement at the earliest, by `performance.now()`. */
  due = -Infinity;
  readonly #noun: string;
  readonly #where: string;
  #count = 0;
  #announced = 0;

  constructor(noun: string, where = "") {
    this.#noun = noun;
    this.#where = where;
  }

  get isNew(): boolean {
    return this.#count > this.#announced;
  }

  follow(count: number): void {
    this.#count = count;
    // The count of a new attempt starts at 0.
    if (count < this.#announced) this.#announced = 0;
  }

  takeText(now: number): string {
    if (!this.isNew || now < this.due) return "";
    this.#announced = this.#count;
    this.due = now + COUNTS_EVERY;
    return `${formatCount(this.#count, this.#noun)}${this.#where}`;
  }
}

/** The messages of agents that have ended since the view was connected. */
class Messages {
  #timeline: Timeline | null = null;
  /** Number of the first node that has not ended. */
  #from = 0;
  /** Numbers of later nodes that were announced, or ended before the view was connected. */
  #passed = new Set<number>();

  get isNew(): boolean {
    return this.#ended().length > 0;
  }

  follow(timeline: Timeline, isConnected: boolean): void {
    if (timeline === this.#timeline) return;
    this.#timeline = timeline;
    this.#from = 0;
    this.#passed.clear();
    this.#pass();
    // Until the view is connected, all nodes are old ones.
    if (!isConnected) this.#timeline = null;
  }

  takeTexts(): string[] {
    const ended = this.#ended();
    this.#pass();
    const newest = ended.slice(-MAX_MESSAGES);
    const more = ended.length - newest.length;
    return [
      ...(more > 0 ? [formatCount(more, "more message")] : []),
      ...newest.map(({ agent, text }) => `${shortened(agent)}: ${shortened(text)}`),
    ];
  }

  #later(): readonly TimelineNode[] {
    const nodes = this.#timeline?.nodes ?? [];
    return nodes.slice(Math.max(this.#from - (nodes[0]?.n ?? 0), 0));
  }

  #ended(): TimelineNode[] {
    return this.#later().filter(
      (node) => hasEnded(node) && isOfAgent(node) && !this.#passed.has(node.n),
    );
  }

  #pass(): void {
    const later = this.#later();
    const open = later.find((node) => node.isOpen && isOfAgent(node));
    this.#from = open?.n ?? (later.at(-1)?.n ?? this.#from - 1) + 1;
    this.#passed = new Set(
      later.filter(({ n, isOpen }) => n >= this.#from && !isOpen).map(({ n }) => n),
    );
  }
}

function hasEnded({ isOpen, outcome }: TimelineNode): boolean {
  return !isOpen && outcome === null;
}

function isOfAgent(node: TimelineNode): boolean {
  return node.kind === "message" && roleOf(node) === "";
}

function shortened(text: string): string {
  const line = shownText(text.slice(0, 4 * MAX_MESSAGE))
    .replaceAll(/\s+/g, " ")
    .trim();
  return line.length > MAX_MESSAGE ? `${line.slice(0, MAX_MESSAGE)}…` : line;
}
