// The back end, as this server reaches it and as browsers do.

/** Where this server sends its requests. */
export const BACKEND = process.env["BACKEND"] ?? "http://127.0.0.1:8000";

/** Where browsers open WebSockets: the public address of the back end. */
export const PUBLIC_BACKEND = process.env["PUBLIC_BACKEND"] ?? BACKEND;

/** The origin of the WebSockets, for the content security policy. */
export function socketOrigin(): string {
  return new URL(PUBLIC_BACKEND).origin.replace(/^http/, "ws");
}

/** Send JSON to the back end, with a token or without one. */
export function post(path: string, body: object, token?: string): Promise<Response> {
  return fetch(`${BACKEND}${path}`, {
    method: "POST",
    cache: "no-store",
    headers: {
      "Content-Type": "application/json",
      ...(token !== undefined && { Authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(body),
  });
}
