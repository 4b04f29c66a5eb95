// Requests to the REST routes of one run (protocol 10).

import type { ServerAddress } from "./address.js";
import { request } from "./api.js";
import { type FetchingBrowser, requesterOf } from "./browser.js";
import { NO_LOGIN } from "./ticket.js";

/**
 * Requests a route below `sprints/{id}/`. `forbidden` is the message for a user without permission,
 * who by default may not see the run. Rejects with `RequestError`, or with the signal's reason.
 */
export type RunRequest = (
  route: readonly [method: string, path: string, body?: string],
  signal: AbortSignal,
  forbidden?: string,
) => Promise<Response>;

export function runRequest(
  server: ServerAddress,
  sprintId: string,
  browser: FetchingBrowser,
): RunRequest {
  const folder = `sprints/${encodeURIComponent(sprintId)}/`;
  return ([method, path, ...body], signal, forbidden = NO_LOGIN) =>
    request(server, [method, `${folder}${path}`, ...body], forbidden, requesterOf(browser, signal));
}
