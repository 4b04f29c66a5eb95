// What follows from the status of a run, as the views read it.

import type { PastAttempt, RunState } from "../protocol/messages.gen.js";
import type { Status } from "../protocol/messages.js";
import type { Members } from "./members.js";
import { RunStatus } from "./run-status.js";

export abstract class StatusOfRun {
  /** The status, reduced from events. */
  protected standing = new RunStatus();

  get status(): Status {
    return this.standing.value;
  }

  get isStatusKnown(): boolean {
    return this.standing.isKnown;
  }

  /** Whether no event is missing that may have changed the status, the attempt or the tasks. */
  get isComplete(): boolean {
    return this.standing.isComplete;
  }

  get message(): string | null {
    return this.standing.message;
  }

  get startedAt(): number | null {
    return this.standing.startedAt;
  }

  get endedAt(): number | null {
    return this.standing.endedAt;
  }

  get lastSeen(): number | null {
    return this.standing.lastSeen;
  }

  get cause(): RunState["cause"] {
    return this.standing.cause;
  }

  /** The publishers of the newest attempt. */
  get members(): Members {
    return this.standing.members;
  }

  /** The notebook that the newest attempt is published from, as a path below the server's root. */
  get notebook(): string | null {
    return this.standing.notebook;
  }

  /** Number of the newest attempt, from 1; tasks and counts belong to it. */
  get attempt(): number {
    return this.standing.attempt;
  }

  /** Number of the event that began the newest attempt. */
  get began(): number {
    return this.standing.began;
  }

  /** The attempts before the newest one, the oldest first. */
  get past(): readonly PastAttempt[] {
    return this.standing.past;
  }

  get isFinished(): boolean {
    return this.standing.isFinished;
  }

  get stoppedAt(): number | null {
    return this.standing.stoppedAt;
  }
}
