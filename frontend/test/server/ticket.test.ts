import { describe, expect, it, vi } from "vitest";
import { RequestError } from "../../src/server/api.js";
import { requestTicket } from "../../src/server/ticket.js";
import { SERVER } from "../fakes.js";

function ask(answer: () => Promise<Response>, { token = "", cookies = "" } = {}) {
  const fetch = vi.fn<typeof globalThis.fetch>(answer);
  const ticket = requestTicket({ ...SERVER, token }, "a.run", {
    fetch,
    cookies: () => cookies,
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

    expect(fetch.mock.lastCall?.[1]?.headers).toEqual({});
  });
});

it("a page without an XSRF cookie gets one first", async () => {
  let cookies = "";
  const fetch = vi.fn<typeof globalThis.fetch>(async (address) => {
    if (String(address).endsWith("/health")) cookies = "_xsrf=2|new";
    return granted();
  });
  const { signal } = new AbortController();

  await requestTicket({ ...SERVER, token: "" }, "a.run", { fetch, cookies: () => cookies, signal });

  expect(fetch.mock.calls.map(([address]) => address)).toEqual([
    "http://lab/realtime/api/health",
    "http://lab/realtime/api/sprints/a.run/ticket",
  ]);
  expect(fetch.mock.lastCall?.[1]?.headers).toEqual({ "X-XSRFToken": "2|new" });
});

it("a redirect to a login page is an error without a retry", async () => {
  const redirect = Object.defineProperty(new Response(null), "status", { value: 0 });
  Object.defineProperty(redirect, "ok", { value: false });

  const error = await ask(async () => redirect).ticket.catch((reason: unknown) => reason);

  expect(error).toBeInstanceOf(RequestError);
  expect(error).toMatchObject({ mayRetry: false });
});
