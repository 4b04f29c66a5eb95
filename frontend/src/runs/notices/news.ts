// Finds which runs of a list are worth a notice to the user: those that ended, failed, were lost or
// need input since the page was opened.

import type { RunState } from "../../protocol/messages.gen.js";
import { markHidden } from "../../terminal/hidden.js";
import { statusName } from "../../ui/words.js";

/** Longest message of a notice, in characters. */
const MESSAGE_LENGTH = 200;

const NOTABLE: ReadonlySet<string> = new Set([
  "succeeded",
  "failed",
  "cancelled",
  "lost",
  "needs_input",
]);

/** Something that happened to a run, as plain text. */
export interface Notice {
  sprintId: string;
  status: RunState["status"];
  /** "nightly-eval: Failed" */
  title: string;
  /** The message of the status; empty where it has none. */
  message: string;
  /** The same in all pages that show the run. */
  key: string;
}

export class News {
  /** Attempt and status of each run in the list before; null before the first list. */
  #before: Map<string, string> | null = null;
  /** The server's time of the first list, as text. */
  #since = "";

  /** What has changed since the list before; `now` is the server's time in milliseconds since 1970. */
  find(runs: readonly RunState[], now: number): Notice[] {
    const before = this.#before;
    this.#before = new Map(runs.map((run) => [run.sprint_id, stateOf(run)]));
    if (before === null) {
      this.#since = new Date(now).toISOString();
      return [];
    }
    return runs.filter((run) => this.#isNews(run, before)).map(noticeOf);
  }

  #isNews(run: RunState, before: ReadonlyMap<string, string>): boolean {
    const known = before.get(run.sprint_id);
    if (known === stateOf(run) || !NOTABLE.has(run.status)) return false;
    // A run may be new to the list because it is on a later page of it.
    return known !== undefined || (sinceWhen(run) ?? "") >= this.#since;
  }
}

function stateOf({ attempt, status }: RunState): string {
  return `${attempt} ${status}`;
}

/** When the run got its status, or for one that needs input at the earliest; the server's times. */
function sinceWhen({ status, started, ended, updated }: RunState): string | null {
  return status === "needs_input" ? started : (ended ?? updated);
}

function noticeOf(run: RunState): Notice {
  const { sprint_id: sprintId, status, message } = run;
  const characters = [...(message ?? "")];
  const isLong = characters.length > MESSAGE_LENGTH;
  const cut = isLong ? `${characters.slice(0, MESSAGE_LENGTH - 1).join("")}…` : (message ?? "");
  return {
    sprintId,
    status,
    title: `${sprintId}: ${statusName(run)}`,
    message: markHidden(cut),
    key: JSON.stringify([sprintId, run.attempt, status, run.ended ?? message]),
  };
}
