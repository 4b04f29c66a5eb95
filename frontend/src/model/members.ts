// The members of an attempt, its publishers, and the status of the run that they add up to.
//
// The rules are those of protocol 4.2; Python has the same in `protocol/members.py`, and the vectors
// in `tests/vectors/state.json` test both.

import type { Member, RunState, StatusUpdate, StatusWords } from "../protocol/messages.gen.js";

/** Beyond it, the member with the oldest report is forgotten. */
const MAX_MEMBERS = 1_000;

/** The message is kept of this many members, those with the newest reports. */
const MAX_MESSAGES = 20;

const FROM_BEST_TO_WORST = ["succeeded", "cancelled", "failed"];

export class Members {
  /** Members that have not ended, by the time of their last report, the newest at the end. */
  left: Member[] = [];
  /** The worst end of the other members. */
  outcome: StatusWords | null = null;
  /** The id of the member that ended last; it may correct its end. */
  #endedLast: string | null = null;

  static from({ left, outcome, ended_last }: RunState["members"]): Members {
    const members = new Members();
    members.left = left.map((member) => ({ ...member }));
    members.outcome = outcome;
    members.#endedLast = ended_last;
    return members;
  }

  /** Whether a `running` begins an attempt while another one is in progress (rule 1). */
  begins(event: StatusUpdate): boolean {
    const { attempt, joins } = idsOf(event);
    if (this.#find(attempt)) return false;
    if (attempt === null) return this.#present.length === 0;
    return joins === null || !this.#find(joins);
  }

  /** Begin an attempt without members. */
  begin(): void {
    this.clear();
    this.#endedLast = null;
  }

  clear(): void {
    this.left = [];
    this.outcome = null;
  }

  /** Apply the status of a member that has not ended (rules 2 and 3); returns whether anything changed. */
  report(event: StatusUpdate): boolean {
    const { status } = event;
    const { attempt } = idsOf(event);
    const member = this.#find(attempt) ?? (attempt === null ? this.#present.at(-1) : undefined);
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
    const older = this.left.at(-MAX_MESSAGES - 1);
    if (older) older.message = null;
    return true;
  }

  /** Apply the end of a member (rule 4); returns whether anything changed. */
  end(event: StatusUpdate, hasEnded: boolean): boolean {
    const { attempt } = idsOf(event);
    const member = attempt === null ? undefined : this.#find(attempt);
    const isAgain = attempt !== null && attempt === this.#endedLast;
    const isUnknown = !member && attempt !== null && !isAgain;
    if (isUnknown && (hasEnded || this.left.length > 0)) return false;
    if (member) this.#remove(member);
    else if (!isAgain) this.clear();
    this.#endedLast = attempt;
    if (this.outcome === null || rank(event.status) > rank(this.outcome.status)) {
      this.outcome = { status: event.status, message: event.message ?? null };
    }
    return true;
  }

  /** Members are lost, or back (rule 5); returns how many have changed. */
  setLost(event: StatusUpdate): number {
    const { attempt } = idsOf(event);
    const member = this.#find(attempt);
    const affected = member ? [member] : attempt === null ? this.left : [];
    const isLost = event.status === "lost";
    const changed = affected.filter((one) => one.is_lost !== isLost);
    for (const one of changed) {
      one.is_lost = isLost;
      one.last_seen = isLost && typeof event.last_seen === "number" ? event.last_seen : null;
      one.cause = isLost ? (event.cause ?? null) : null;
    }
    return changed.length;
  }

  /** The status of the run; null where there were no members. */
  get status(): StatusWords | null {
    const present = this.#present;
    if (present.length > 0) {
      const withStatus = (status: string) => present.filter((member) => member.status === status);
      const leading = [withStatus("needs_input"), withStatus("running")];
      const members = leading.find(({ length }) => length > 0) ?? present;
      const member = members.findLast(({ message }) => message !== null) ?? members.at(-1);
      return member ? { status: member.status, message: member.message } : null;
    }
    if (this.left.length > 0 && this.outcome?.status !== "failed") {
      return { status: "lost", message: null };
    }
    return this.outcome;
  }

  /** The lost member that was seen last; of several, the one with the newest report. */
  get lastSeen(): Member | undefined {
    const seen = this.left.filter(({ last_seen }) => last_seen !== null);
    return seen.reduceRight<Member | undefined>(
      (last, one) => ((one.last_seen ?? 0) > (last?.last_seen ?? -1) ? one : last),
      undefined,
    );
  }

  get #present(): Member[] {
    return this.left.filter((member) => !member.is_lost);
  }

  #find(id: string | null): Member | undefined {
    return this.left.find((member) => member.id === id);
  }

  #remove(member: Member): void {
    this.left = this.left.filter((one) => one !== member);
  }
}

function idsOf({ attempt, joins }: StatusUpdate): { attempt: string | null; joins: string | null } {
  const text = (value: unknown) => (typeof value === "string" ? value : null);
  return { attempt: text(attempt), joins: text(joins) };
}

function rank(end: string): number {
  return FROM_BEST_TO_WORST.indexOf(end);
}
