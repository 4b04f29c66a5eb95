import { beforeEach, describe, expect, it, vi } from "vitest";
import { runState } from "../../dev/run-state.js";
import type { LoadedPage, PageRange } from "../../src/feeds/load-events.js";
import { PageLoader } from "../../src/feeds/page-loader.js";
import { Run } from "../../src/model/run.js";
import { RequestError } from "../../src/server/api.js";

const AT = "2026-11-22T22:00:00.000Z";
const HEAD = 5_000;

interface Request extends PageRange {
  answer: (fields?: Partial<LoadedPage>) => Promise<void>;
  fail: (error: Error) => Promise<void>;
}

let run: Run;
let requests: Request[];
let loader: PageLoader;
let changes: number;
let lifetime: AbortController;

const part = {};

beforeEach(() => {
  run = new Run();
  run.apply({ kind: "gap", from: 1, to: HEAD - 1, reason: "skipped" });
  run.apply({ kind: "state", state: runState({ head: HEAD }) });
  run.apply({
    kind: "events",
    first: HEAD,
    timestamp: AT,
    events: [{ type: "log", message: "newest" }],
  });
  requests = [];
  changes = 0;
  lifetime = new AbortController();
  loader = new PageLoader({
    run,
    epoch: () => "e1",
    signal: lifetime.signal,
    onChange: () => {
      changes += 1;
    },
    load: (range) =>
      new Promise((resolve, reject) => {
        requests.push({
          ...range,
          answer: async (fields = {}) => {
            const { first, last } = range;
            resolve({ epoch: "e1", kept: 1, first, last, events: [], ...fields });
            await vi.waitFor(() => expect(changes).toBeGreaterThan(0));
          },
          fail: async (error) => {
            reject(error);
            await vi.waitFor(() => expect(loader.failure).not.toBeNull());
          },
        });
      }),
  });
});

const ranges = () =>
  requests.map(({ first, last, isBackwards }) => [first, last, isBackwards ? "back" : "forth"]);

describe("the page that is loaded", () => {
  it.each([
    [HEAD - 1, [HEAD - 500, HEAD - 1, "back"]],
    [2_000, [1_750, 2_249, "forth"]],
    [1, [1, 500, "forth"]],
  ])("for event %s is %j", (seq, expected) => {
    loader.want(part, seq);

    expect(ranges()).toEqual([expected]);
  });

  it("is within what is not loaded", async () => {
    loader.want(part, 2_000);
    await requests[0]?.answer();

    loader.want(part, 2_251);
    loader.want(part, 1_700);

    expect(ranges().slice(1)).toEqual([
      [2_250, 2_749, "forth"],
      [1_250, 1_749, "back"],
    ]);
  });

  it("is put into the run", async () => {
    loader.want(part, 2_000);

    await requests[0]?.answer();

    expect(run.log.stretches.map(({ first, lines }) => [first, lines !== null])).toEqual([
      [1, false],
      [1_750, true],
      [2_250, false],
      [HEAD, true],
    ]);
  });
});

describe("requests", () => {
  it("are not repeated while a page with the event is under way", () => {
    loader.want(part, 2_000);
    loader.want(part, 2_100);
    loader.want({}, 1_900);

    expect(requests).toHaveLength(1);
  });

  it("are cancelled when no part of a view needs the page", () => {
    loader.want(part, 2_000);
    loader.want(part, 4_900);
    expect(requests.map(({ signal }) => signal.aborted)).toEqual([true, false]);

    loader.want(part, null);

    expect(requests.map(({ signal }) => signal.aborted)).toEqual([true, true]);
  });

  it("are not cancelled while another part needs the page", () => {
    const other = {};
    loader.want(other, 2_000);
    loader.want(part, 2_000);

    loader.want(part, null);

    expect(requests[0]?.signal.aborted).toBe(false);
  });

  it("are not sent after the feed is closed", () => {
    lifetime.abort();

    loader.want(part, 2_000);

    expect(requests).toEqual([]);
  });
});

describe("a page that cannot be loaded", () => {
  it("has the reason, and is requested again when the user retries", async () => {
    loader.want(part, 2_000);
    await requests[0]?.fail(new RequestError("The server cannot be reached.", true));
    loader.want(part, 3_900);
    expect(loader.failure).toBe("The server cannot be reached.");
    expect(requests).toHaveLength(1);

    loader.want(part, 2_000);
    loader.retry();

    expect(loader.failure).toBeNull();
    expect(requests).toHaveLength(2);
  });

  it("is discarded where it belongs to another log", async () => {
    loader.want(part, 2_000);

    await requests[0]?.answer({ epoch: "e2" });

    expect(loader.failure).toBe("The log of this run was replaced by a new one.");
    expect(run.log.stretches).toHaveLength(2);
  });
});
