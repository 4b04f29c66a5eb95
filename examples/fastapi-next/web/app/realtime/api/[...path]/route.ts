// The requests of the views, sent on to the back end with the token of the session. Among them are
// those for tickets, by which a browser opens its WebSocket at the back end without a token, and the
// answers to questions, which have a body.

import { BACKEND } from "../../../../lib/backend";
import { readSession } from "../../../../lib/session";

/** Headers that matter to the views and to their cache. */
const SENT = ["accept", "content-type", "if-none-match"];
const RECEIVED = ["content-type", "content-disposition", "date", "etag", "link", "retry-after"];

async function forward(request: Request): Promise<Response> {
  const session = await readSession();
  if (session === null) return Response.json({ code: "unauthorized" }, { status: 401 });
  const { pathname, search } = new URL(request.url);
  const answer = await fetch(`${BACKEND}${pathname}${search}`, {
    method: request.method,
    body: request.body,
    ...{ duplex: "half" }, // Node needs it for a body that is a stream
    cache: "no-store",
    redirect: "manual",
    signal: request.signal,
    headers: { ...pick(request.headers, SENT), Authorization: `Bearer ${session.token}` },
  }).catch(() => null);
  if (answer === null) return Response.json({ code: "unreachable" }, { status: 503 });
  const headers = { ...pick(answer.headers, RECEIVED), "Cache-Control": "private, no-cache" };
  return new Response(answer.body, { status: answer.status, headers });
}

function pick(headers: Headers, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = headers.get(name);
      return value === null ? [] : [[name, value]];
    }),
  );
}

export { forward as DELETE, forward as GET, forward as POST };
