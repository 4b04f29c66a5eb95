// Requests to the REST routes of the extension (protocol 10), and their errors in words.

import type { ServerAddress } from "./address.js";

/** A request failed; the message is for the user. */
export class RequestError extends Error {
  override name = "RequestError";
  /** Whether a retry may succeed. */
  readonly mayRetry: boolean;
  /** The server's error code, or null. */
  readonly code: string | null;

  constructor(words: string, mayRetry: boolean, code: string | null = null) {
    super(words);
    this.mayRetry = mayRetry;
    this.code = code;
  }
}

/** The code where the server does not have the extension. */
export const NOT_INSTALLED = "not_installed";

/** What a request needs of the browser. */
export interface Requester {
  fetch: typeof fetch;
  /** The page's cookies at that time. */
  cookies: () => string;
  signal: AbortSignal;
}

/**
 * Send a request with this page's credentials: cookies, XSRF header, token.
 *
 * `forbidden` is the message of the error for a user without permission.
 * Throws `RequestError`, or the signal's reason when it was aborted.
 */
export async function request(
  server: ServerAddress,
  [method, path, body]: readonly [method: string, path: string, body?: string],
  forbidden: string,
  { fetch, cookies, signal }: Requester,
): Promise<Response> {
  const xsrf = readCookie(cookies(), "_xsrf");
  let response: Response;
  try {
    response = await fetch(`${server.apiUrl}${path}`, {
      method,
      ...(body !== undefined && { body }),
      credentials: "same-origin",
      headers: {
        ...(body !== undefined && { "Content-Type": "application/json" }),
        ...(xsrf !== null && { "X-XSRFToken": xsrf }),
        ...(server.token !== "" && {
          Authorization: `${server.scheme ?? "token"} ${server.token}`,
        }),
      },
      // Revalidate the cached response: the server answers 304 where nothing has changed.
      cache: "no-cache",
      // A server that requires a login redirects to a page.
      redirect: "manual",
      signal,
    });
  } catch {
    signal.throwIfAborted();
    throw new RequestError("The server cannot be reached.", true);
  }
  const error = response.ok ? null : await refusalOf(response, forbidden);
  signal.throwIfAborted();
  if (error !== null) throw error;
  return response;
}

/** The error of a response that is not ok; `forbidden` as in `request`. */
export async function refusalOf(response: Response, forbidden: string): Promise<RequestError> {
  const answer: unknown = await response.json().catch(() => null);
  const error = { code: field(answer, "code"), message: field(answer, "message") };
  return refusal(response.status, error, forbidden);
}

/** The message for a user who may not do something, such as "see this run". */
export function notAllowed(deed: string): string {
  return `You are not logged in to this server, or not allowed to ${deed}.`;
}

/** The message of any value that was thrown, without the name of its class. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Why a request has failed, in words for the user. */
export function failureWords(error: unknown): string {
  return error instanceof RequestError ? error.message : String(error);
}

/** The error for a response of the wrong form. */
export function unreadable(): RequestError {
  return new RequestError("The server's answer cannot be read.", true);
}

/** A text field of a response, or null. */
export function field(answer: unknown, name: string): string | null {
  if (typeof answer !== "object" || answer === null) return null;
  const value = (answer as Record<string, unknown>)[name];
  return typeof value === "string" ? value : null;
}

function refusal(
  status: number,
  { code, message }: { code: string | null; message: string | null },
  forbidden: string,
): RequestError {
  // 0 is a redirect that was not followed.
  if (status === 0 || status === 401 || status === 403) return new RequestError(forbidden, false);
  if (status === 404 && code === "unknown_sprint") {
    return new RequestError("The server has no run of this name.", false, code);
  }
  if (status === 404) {
    return new RequestError(
      "This Jupyter server has no realtime-widgets extension. Install realtime-widgets where the server runs, and restart it.",
      false,
      NOT_INSTALLED,
    );
  }
  if ((status === 400 || status === 413) && message) return new RequestError(message, false, code);
  if (status === 400) return new RequestError("This is not a valid name of a run.", false);
  if (status === 409 && message && code !== "still_running") {
    return new RequestError(message, false, code);
  }
  if (status === 409) return new RequestError("This run is still being published.", false, code);
  if (status === 503) return new RequestError("The server is busy or starting.", true);
  return new RequestError(`The server answered with an error (HTTP ${status}).`, true);
}

/** The value of a cookie, or null. */
export function readCookie(cookies: string, name: string): string | null {
  const pair = cookies.split("; ").find((cookie) => cookie.startsWith(`${name}=`));
  return pair === undefined ? null : pair.slice(name.length + 1);
}
