import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { runState } from "../../dev/run-state.js";
import { CommCode } from "../../src/feeds/comm-code.js";
import { CommFeed } from "../../src/feeds/comm-feed.js";
import { type SearchProgress, type SearchQuery, WHOLE_RUN } from "../../src/feeds/search.js";
import { events, FakeComm, log, welcome } from "../fakes.js";

const RESEND_AFTER = 5_000;
const QUERY: SearchQuery = {
  ...WHOLE_RUN,
  text: "b",
  isRegex: false,
  isCase: false,
  isWord: false,
  level: "debug",
};

let comm: FakeComm;
let feed: CommFeed;

beforeEach(() => {
  vi.useFakeTimers();
  comm = new FakeComm();
  feed = new CommFeed({
    ...{ comm, storage: "kernel", sprintId: "run" },
    code: new CommCode(comm),
    onChange: () => undefined,
  });
  comm.relay(
    "s1",
    0,
    welcome({ head: 4 }),
    { type: "gap", from: 1, to: 2, reason: "skipped" },
    { type: "state", state: runState({ head: 4 }) },
    events(3, log("c"), log("d")),
  );
  comm.forget();
});

afterEach(() => {
  feed.close();
  vi.useRealTimers();
});

/** The requests that the page sent, and what cancels them. */
function requests(): Record<string, unknown>[] {
  const sent = comm.sent() as unknown as Record<string, unknown>[];
  return sent.filter((message) => "request" in message);
}

/** The newest of them. */
function request(): Record<string, unknown> {
  return requests().at(-1) ?? {};
}

function answer(content: unknown): void {
  comm.receive({ response: request()["request"], content });
}

function page(...messages: string[]): object {
  const stored = messages.map((message, index) => ({
    ...log(message),
    seq: index + 1,
    timestamp: "2026-01-01T00:00:00Z",
    sprint_id: "run",
  }));
  return { epoch: "e1", first: 1, head: 4, next: null, events: stored };
}

function lines(): string[] {
  return feed.run.log.lines.map(({ text }) => text);
}

describe("older events", () => {
  it("are not in a stream that begins with the newest", () => {
    expect(feed.state.phase).toBe("connected");
    expect(lines()).toEqual(["c", "d"]);
    expect(feed.run.log.isWhole).toBe(false);
  });

  it("are requested where the reader goes, and put in their place", async () => {
    feed.history.want({}, 2);
    expect(request()).toMatchObject({ events: { before: 3, limit: 2 } });

    answer(page("a", "b"));
    await vi.waitFor(() => expect(lines()).toEqual(["a", "b", "c", "d"]));
    expect(feed.run.log.isWhole).toBe(true);
  });

  it("are requested again until the kernel is free, under the same name", () => {
    feed.history.want({}, 2);
    const { request: name } = request();

    vi.advanceTimersByTime(RESEND_AFTER);

    expect(requests().map((sent) => sent["request"])).toEqual([name, name]);
  });

  it("show why they cannot be loaded, and are loaded after a retry", async () => {
    feed.history.want({}, 2);
    comm.receive({ response: request()["request"], error: "the server does not respond" });
    await vi.waitFor(() => expect(feed.history.failure).toBe("the server does not respond"));

    feed.history.retry();
    feed.history.want({}, 2);
    answer(page("a", "b"));
    await vi.waitFor(() => expect(lines()).toHaveLength(4));
  });

  it("of another page are ignored", () => {
    comm.receive({ response: "other", content: page("x") });

    expect(lines()).toEqual(["c", "d"]);
  });
});

describe("a search", () => {
  const progress: SearchProgress[] = [];
  let lifetime: AbortController;

  beforeEach(() => {
    progress.length = 0;
    lifetime = new AbortController();
  });

  function run(
    query: Partial<SearchQuery> = {},
    start: { before: number } | { after: number } = { before: 9 },
  ) {
    return feed.search.run({ ...QUERY, ...query }, start, lifetime.signal, (each) =>
      progress.push(each),
    );
  }

  it("of an attempt goes back from its last event to its first", async () => {
    const searched = run({ attempt: { attempt: 1, first: 1, last: 2 } });

    expect(request()["search"]).toEqual({ text: "b", level: "debug", before: 3, after: 0 });
    answer({ searched: 1, head: 4, count: 0, matches: [], end: "done" });
    await searched;
  });

  it("is done by the kernel, with its progress", async () => {
    const searched = run({ isCase: true });
    expect(request()).toMatchObject({
      search: { before: 9, text: "b", level: "debug", case: true },
    });

    answer({ searched: 3, head: 4, count: 0, matches: [] });
    answer({ searched: 1, head: 4, count: 1, matches: [[2, 0, 0, 1]], end: "done" });

    await searched;
    expect(progress.map(({ count, end }) => [count, end])).toEqual([
      [0, null],
      [1, "done"],
    ]);
    expect(progress.at(-1)?.matches).toEqual([{ seq: 2, part: 0, start: 0, end: 1 }]);
  });

  it("of events that the view has does not wait for the kernel", async () => {
    await run({ text: "d" }, { after: 2 });

    expect(requests()).toEqual([]);
    expect(progress.at(-1)?.matches).toEqual([{ seq: 4, part: 0, start: 0, end: 1 }]);
  });

  it("that is not needed any more is cancelled in the kernel", async () => {
    const searched = run();
    const { request: name } = request();

    lifetime.abort();

    await expect(searched).rejects.toThrow();
    expect(request()).toEqual({ request: name, cancel: true });
    vi.advanceTimersByTime(10 * RESEND_AFTER);
    expect(requests()).toHaveLength(2);
  });

  it("that the kernel refuses fails with its words", async () => {
    const searched = run({ text: "(", isRegex: true });
    comm.receive({ response: request()["request"], error: "missing )" });

    await expect(searched).rejects.toThrow("missing )");
  });

  it("with a response of another form fails", async () => {
    const searched = run();
    answer({ matches: 1 });

    await expect(searched).rejects.toThrow();
  });

  it("ends with the feed", () => {
    void run().catch(() => undefined);
    feed.history.want({}, 1);

    feed.close();

    expect(vi.getTimerCount()).toBe(0);
  });
});
