// The members of an attempt: the publishers that take part in it, and what they make of a run.
//
// The rules are those of protocol 4.2; Python has the same in `protocol/members.py`, and the vectors
// in `tests/vectors/state.json` hold both.

import type { Member, RunState, StatusUpdate, StatusWords } from "../protocol/messages.gen.js";

/** Beyond it the one that spoke longest ago makes room. */
const MAX_MEMBERS = 1_000;

/** How many members, of those that spoke last, have their message kept. */
const MAX_MESSAGES = 20;

const FROM_BEST_TO_WORST = ["succeeded", "cancelled", "failed"];

export class Members {
  /** Those that have not ended; who spoke last is at the end. */
  left: Member[] = [];
  /** The worst of how the others ended. */
  outcome: StatusWords | null = null;
  /** Which member ended last: it may still say that its end is another. */
  #endedLast: string | null = null;

  static from({ left, outcome, ended_last }: RunState["members"]): Members {
    const members = new Members();
    members.left = left.map((member) => ({ ...member }));
    members.outcome = outcome;
    members.#endedLast = ended_last;
    return members;
  }

  /** Whether a `running` begins an attempt, where one goes on (rule 1). */
  begins(event: StatusUpdate): boolean {
    const { attempt, joins } = named(event);
    if (this.#find(attempt)) return false;
    if (attempt === null) return this.#here.length === 0;
    return joins === null || !this.#find(joins);
  }

  /** Forget the members of the attempt before. */
  begin(): void {
    this.clear();
    this.#endedLast = null;
  }

  clear(): void {
    this.left = [];
    this.outcome = null;
  }

  /** Take what a member says that goes on (rules 2 and 3); tells whether it changes anything. */
  speak(event: StatusUpdate): boolean {
    const { status } = event;
    const { attempt } = named(event);
    const member = this.#find(attempt) ?? (attempt === null ? this.#here.at(-1) : undefined);
    if (member) {
      this.#remove(member);
    } else if (
      status === "pending" ||
      (status === "needs_input" && attempt !== null && this.left.length > 0)
    ) {
      return false;
    }
    const id = member ? member.id : attempt;
    const message = event.message ?? null;
    this.left.push({ id, status, message, is_lost: false, last_seen: null, cause: null });
    if (this.left.length > MAX_MEMBERS) this.left.shift();
    const silenced = this.left.at(-MAX_MESSAGES - 1);
    if (silenced) silenced.message = null;
    return true;
  }

  /** Take an end (rule 4); tells whether it changes anything. */
  end(event: StatusUpdate, hasEnded: boolean): boolean {
    const { attempt } = named(event);
    const member = attempt === null ? undefined : this.#find(attempt);
    const isAgain = attempt !== null && attempt === this.#endedLast;
    const isOfNobody = !member && attempt !== null && !isAgain;
    if (isOfNobody && (hasEnded || this.left.length > 0)) return false;
    if (member) this.#remove(member);
    else if (!isAgain) this.clear();
    this.#endedLast = attempt;
    if (this.outcome === null || rank(event.status) > rank(this.outcome.status)) {
      this.outcome = { status: event.status, message: event.message ?? null };
    }
    return true;
  }

  /** Take the hub's word that members are lost, or back (rule 5); returns how many that changes. */
  mark(event: StatusUpdate): number {
    const { attempt } = named(event);
    const member = this.#find(attempt);
    const meant = member ? [member] : attempt === null ? this.left : [];
    const isLost = event.status === "lost";
    const changed = meant.filter((one) => one.is_lost !== isLost);
    for (const one of changed) {
      one.is_lost = isLost;
      one.last_seen = isLost && typeof event.last_seen === "number" ? event.last_seen : null;
      one.cause = isLost ? (event.cause ?? null) : null;
    }
    return changed.length;
  }

  /** The status of the run that follows from them; null where there were none. */
  get status(): StatusWords | null {
    const here = this.#here;
    if (here.length > 0) {
      const saying = (status: string) => here.filter((member) => member.status === status);
      const heard = [saying("needs_input"), saying("running")].find(({ length }) => length > 0);
      const speakers = heard ?? here;
      const speaker = speakers.findLast(({ message }) => message !== null) ?? speakers.at(-1);
      return speaker ? { status: speaker.status, message: speaker.message } : null;
    }
    if (this.left.length > 0 && this.outcome?.status !== "failed") {
      return { status: "lost", message: null };
    }
    return this.outcome;
  }

  /** The lost one that was heard last; of several, the one that spoke last. */
  get seenLast(): Member | undefined {
    const seen = this.left.filter(({ last_seen }) => last_seen !== null);
    return seen.reduceRight<Member | undefined>(
      (last, one) => ((one.last_seen ?? 0) > (last?.last_seen ?? -1) ? one : last),
      undefined,
    );
  }

  get #here(): Member[] {
    return this.left.filter((member) => !member.is_lost);
  }

  #find(id: string | null): Member | undefined {
    return this.left.find((member) => member.id === id);
  }

  #remove(member: Member): void {
    this.left = this.left.filter((one) => one !== member);
  }
}

function named({ attempt, joins }: StatusUpdate): { attempt: string | null; joins: string | null } {
  const text = (value: unknown) => (typeof value === "string" ? value : null);
  return { attempt: text(attempt), joins: text(joins) };
}

function rank(end: string): number {
  return FROM_BEST_TO_WORST.indexOf(end);
}
