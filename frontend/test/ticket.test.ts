import { describe, expect, it, vi } from "vitest";
import { requestTicket, TicketError } from "../src/ticket.js";
import { SERVER } from "./fakes.js";

function ask(answer: () => Promise<Response>, { token = "", cookies = "" } = {}) {
  const fetch = vi.fn<typeof globalThis.fetch>(answer);
  const ticket = requestTicket({ ...SERVER, token }, "a.run", {
    fetch,
    cookies,
    signal: new AbortController().signal,
  });
  return { fetch, ticket };
}

const granted = async () => Response.json({ ticket: "abc" });

describe("the request", () => {
  it("is a POST to the run's ticket with the page's cookies", async () => {
    const { fetch, ticket } = ask(granted);

    expect(await ticket).toBe("abc");
    expect(fetch).toHaveBeenCalledWith(
      "http://lab/realtime/api/sprints/a.run/ticket",
      expect.objectContaining({ method: "POST", credentials: "same-origin", redirect: "manual" }),
    );
  });

  it("has the XSRF token of the cookie and the page's token", async () => {
    const { fetch, ticket } = ask(granted, { token: "secret", cookies: "a=1; _xsrf=2|x; b=2" });
    await ticket;

    expect(fetch.mock.calls[0]?.[1]?.headers).toEqual({
      "X-XSRFToken": "2|x",
      Authorization: "token secret",
    });
  });

  it("has neither where the page has neither", async () => {
    const { fetch, ticket } = ask(granted, { cookies: "not_xsrf=1" });
    await ticket;

    expect(fetch.mock.calls[0]?.[1]?.headers).toEqual({});
  });
});

it("a redirect to a login page is no ticket and no reason to ask again", async () => {
  const redirect = Object.defineProperty(new Response(null), "status", { value: 0 });
  Object.defineProperty(redirect, "ok", { value: false });

  const error = await ask(async () => redirect).ticket.catch((reason: unknown) => reason);

  expect(error).toBeInstanceOf(TicketError);
  expect(error).toMatchObject({ mayRetry: false });
});
