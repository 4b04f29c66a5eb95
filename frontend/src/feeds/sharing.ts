// Which users may use a run, where the server shares runs between users (protocol 15).

import type { ServerAddress } from "../server/address.js";
import { failureWords, notAllowed, unreadable } from "../server/api.js";
import type { RunRequest } from "../server/run-request.js";

/** Names are users, `group:` and a group, or `*`. */
export interface Access {
  owner: string;
  viewers: string[];
  editors: string[];
  requests: { user: string; at: string }[];
}

/** Names to add, and to remove from both. */
export interface AccessChange {
  viewers?: string[];
  editors?: string[];
  remove?: string[];
}

const FORBIDDEN = notAllowed("share this run");

interface SharingOptions {
  send: RunRequest;
  signal: AbortSignal;
  onChange: () => void;
}

export type SharingOf = (
  server: ServerAddress,
  sprintId: string,
  options: SharingOptions,
) => RunSharing | undefined;

/** The access to a run; undefined where the server shares none. */
export const sharingOf: SharingOf = ({ pageUrl }, sprintId, options) => {
  if (pageUrl === undefined) return undefined;
  return new RunSharing(pageUrl, sprintId, options);
};

/** The access to one run. */
export class RunSharing {
  /** The page of the run, for users with access. */
  readonly link: string;
  /** Null while it is not known, and for users who do not own the run. */
  access: Access | null = null;
  /** Why the last change was not made, in words for the user; null where it was. */
  failure: string | null = null;
  readonly #send: (method: string, ...body: [string?]) => Promise<Response>;
  readonly #onChange: () => void;

  constructor(pageUrl: string, sprintId: string, { send, signal, onChange }: SharingOptions) {
    this.link = new URL(`sprints/${encodeURIComponent(sprintId)}`, pageUrl).href;
    this.#send = (method, ...body) => send([method, "access", ...body], signal, FORBIDDEN);
    this.#onChange = onChange;
  }

  /** Read it; users who do not own the run get none. */
  async load(): Promise<void> {
    try {
      this.access = await readAccess(await this.#send("GET"));
    } catch {
      this.access = null;
    }
    this.#onChange();
  }

  async change(change: AccessChange): Promise<void> {
    try {
      this.access = await readAccess(await this.#send("POST", JSON.stringify(change)));
      this.failure = null;
    } catch (error) {
      this.failure = failureWords(error);
    }
    this.#onChange();
  }
}

/** Throws `RequestError`. */
async function readAccess(response: Response): Promise<Access> {
  const answer: unknown = await response.json().catch(() => null);
  if (!isAccess(answer)) throw unreadable();
  return answer;
}

function isAccess(answer: unknown): answer is Access {
  if (typeof answer !== "object" || answer === null) return false;
  const { owner, viewers, editors, requests } = answer as Record<string, unknown>;
  const lists = [viewers, editors, requests];
  return typeof owner === "string" && lists.every(Array.isArray);
}
