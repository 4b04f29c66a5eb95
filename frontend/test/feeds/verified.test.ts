import { beforeEach, expect, it, vi } from "vitest";
import { NO_SERVER } from "../../src/feeds/static-feed.js";
import { VerifiedSource } from "../../src/feeds/verified.js";
import { SERVER } from "../fakes.js";

/** The heads in the server's responses, in order; 1 after the last. */
let heads: number[];
let onChange: ReturnType<typeof vi.fn<() => void>>;

const BROWSER = {
  fetch: async () => Response.json({ head: heads.shift() ?? 1 }),
  document: { cookie: "" },
};

const watch = () => new VerifiedSource(SERVER, NO_SERVER, BROWSER).watch("run", onChange);

beforeEach(() => {
  heads = [];
  onChange = vi.fn();
});

it("notifies of a new request, and of its result", async () => {
  heads = [0];
  const feed = watch();
  await expect.poll(() => feed.state.phase).toBe("disconnected");
  onChange.mockClear();

  feed.retry();

  expect(feed.state.phase).toBe("connecting");
  expect(onChange).toHaveBeenCalledOnce();
  await expect.poll(() => feed.state.phase).toBe("no_server");
  expect(onChange).toHaveBeenCalledTimes(2);
});

it.each(["before", "while"])("does not notify when it is closed %s a new request", async (when) => {
  heads = [0];
  const feed = watch();
  await expect.poll(() => feed.state.phase).toBe("disconnected");
  if (when === "before") feed.close();
  feed.retry();
  if (when === "while") feed.close();
  onChange.mockClear();

  await new Promise(setImmediate);

  expect(onChange).not.toHaveBeenCalled();
  feed.retry();
  expect(onChange).not.toHaveBeenCalled();
});
