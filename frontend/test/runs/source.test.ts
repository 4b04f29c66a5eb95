import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { runState } from "../../dev/run-state.js";
import type { RunState } from "../../src/protocol/messages.gen.js";
import { RunsSource } from "../../src/runs/source.js";
import { type FakeBrowser, FakeWebSocket, fakeBrowser, SERVER } from "../fakes.js";

const NOW = Date.parse("2026-11-22T22:00:00Z");

let servers = 0;
let browser: FakeBrowser;
let runs: RunState[];
let answer: () => Promise<Response>;
let leave: () => void;

beforeEach(() => {
  vi.useFakeTimers({ now: NOW });
  browser = fakeBrowser(1);
  runs = [runState({ sprint_id: "a", status: "succeeded" })];
  answer = async () => Response.json({ sprints: runs });
  browser.fetch.mockImplementation(() => answer());
  leave = () => undefined;
});

afterEach(() => {
  leave();
  vi.useRealTimers();
});

/** A source with a separate server, and the states that its listener received. */
function listen(source = new RunsSource(server(), browser)) {
  const onChange = vi.fn();
  leave = source.listen(onChange);
  return { source, onChange };
}

function server() {
  servers += 1;
  return { ...SERVER, apiUrl: `http://lab/${servers}/realtime/api/` };
}

const requests = () => browser.fetch.mock.calls.length;
const pass = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds);
const refusal =
  (status: number, body = {}) =>
  async () =>
    Response.json(body, { status });
const broken = async () => {
  throw new TypeError("network");
};

function turn(visibility: DocumentVisibilityState) {
  browser.document.visibilityState = visibility;
  browser.document.dispatchEvent(new Event("visibilitychange"));
}

/** Answers with pages, which have a position in the index, and with tickets. */
function push(version: number, ...pages: RunState[][]) {
  const index = { epoch: "e", version };
  browser.fetch.mockImplementation(async (url) => {
    if (String(url).endsWith("index/ticket")) return Response.json({ ticket: "t" });
    const before = new URL(String(url)).searchParams.get("before");
    const at = Number(before ?? 0);
    const next = at + 1 < pages.length ? at + 1 : null;
    return Response.json({ sprints: pages[at], next, index });
  });
}

const welcomed = (fields = {}) => ({
  type: "welcome",
  v: 1,
  session: "s",
  epoch: "e",
  version: 1,
  ping_s: 25,
  pong_s: 20,
  server_time: "2026-11-22T23:00:00.000Z",
  ...fields,
});

const changes = (version: number, changed: RunState[], fields = {}) => ({
  type: "runs",
  version,
  changed,
  removed: [],
  notebooks: {},
  ...fields,
});

async function connected(version = 1, ...pages: RunState[][]) {
  push(version, ...(pages.length > 0 ? pages : [runs]));
  const listening = listen();
  await pass(0);
  FakeWebSocket.last.open();
  FakeWebSocket.last.receive(welcomed());
  return listening;
}

const asked = (part: string) =>
  browser.fetch.mock.calls.filter(([url]) => String(url).includes(part)).length;

describe("a server with the index channel", () => {
  it("gets one request for the list, and sends what changes after that", async () => {
    const { source } = await connected(7);
    const socket = FakeWebSocket.last;
    expect(socket.url).toBe("ws://lab/realtime/ws/index");
    expect(socket.protocol).toBe("realtime-widgets.v1");
    expect(socket.sent).toEqual([
      { type: "hello", v: 1, ticket: "t", after: { epoch: "e", version: 7 } },
    ]);
    socket.receive(
      changes(8, [runState({ sprint_id: "b" }), runState({ sprint_id: "a", status: "failed" })]),
    );
    expect(source.runs.map(({ sprint_id, status }) => [sprint_id, status])).toEqual([
      ["b", "running"],
      ["a", "failed"],
    ]);
    socket.receive(changes(9, [], { removed: ["a"] }));
    expect(source.ids).toEqual(["b"]);
    expect(source.state).toEqual({ phase: "live" });
    expect(source.now).toBe(NOW + 3_600_000);
    expect(asked("sprints")).toBe(1);
  });

  it("is sent nothing but pings while nothing changes", async () => {
    const { onChange } = await connected();
    const drawn = onChange.mock.calls.length;
    for (let n = 0; n < 20; n += 1) {
      await pass(25_000);
      FakeWebSocket.last.receive({ type: "pong" });
    }
    expect(browser.fetch.mock.calls.length).toBe(2);
    expect(FakeWebSocket.all.length).toBe(1);
    expect(onChange.mock.calls.length).toBe(drawn);
    FakeWebSocket.last.receive({ type: "ping" });
    expect(FakeWebSocket.last.sent.at(-1)).toEqual({ type: "pong" });
  });

  it("is resumed after a loss, without reading the list again", async () => {
    const { source } = await connected();
    FakeWebSocket.last.receive(changes(5, []));
    FakeWebSocket.last.lose(1006);
    expect(source.state).toEqual({ phase: "live" });
    await pass(1_000);

    FakeWebSocket.last.open();
    expect(FakeWebSocket.last.sent[0]).toMatchObject({ after: { epoch: "e", version: 5 } });
    expect(asked("sprints")).toBe(1);
  });

  it("that is away after a loss is unreachable, and as of then", async () => {
    const { source } = await connected();
    await pass(10_000);
    FakeWebSocket.last.receive({ type: "ping" });
    browser.fetch.mockImplementation(broken);
    FakeWebSocket.last.lose(1006);
    await pass(1_000);

    expect(source.state).toMatchObject({ phase: "unreachable" });
    expect(source.asOf).toBe(NOW + 10_000);
    push(1, runs);
    await pass(5_000);
    FakeWebSocket.last.open();
    FakeWebSocket.last.receive(welcomed());
    expect(source.state).toEqual({ phase: "live" });
  });

  it("is unreachable as soon as the network is gone, and connected again when it is back", async () => {
    const { source } = await connected();
    browser.fetch.mockImplementation(broken);
    browser.window.dispatchEvent(new Event("offline"));
    await pass(0);
    expect(source.state).toMatchObject({ phase: "unreachable" });
    expect(source.ids).toEqual(["a"]);

    push(1, runs);
    browser.window.dispatchEvent(new Event("online"));
    await pass(0);
    FakeWebSocket.last.open();
    expect(FakeWebSocket.last.sent[0]).toMatchObject({ after: { epoch: "e", version: 1 } });
    FakeWebSocket.last.receive(welcomed());
    expect(source.state).toEqual({ phase: "live" });
  });

  it("on this machine stays live without a network, and is not read again", async () => {
    const { source } = await connected();
    browser.window.dispatchEvent(new Event("offline"));
    await pass(0);
    FakeWebSocket.last.open();
    FakeWebSocket.last.receive(welcomed());
    expect(FakeWebSocket.all.length).toBe(2);
    expect(source.state).toEqual({ phase: "live" });
    expect(asked("sprints")).toBe(1);
  });

  it("is disconnected after 35 s of silence", async () => {
    await connected();
    await pass(25_000);
    expect(FakeWebSocket.last.sent.at(-1)).toEqual({ type: "ping" });
    await pass(10_000);
    expect(FakeWebSocket.all[0]?.closedWith).toBe(1000);
  });

  it("is read again after a reset, while the list stays", async () => {
    const { source } = await connected();
    runs = [runState({ sprint_id: "new" })];
    push(9, runs);
    FakeWebSocket.last.receive({ type: "reset", epoch: "f", version: 9 });
    expect(source.ids).toEqual(["a"]);
    await pass(0);
    expect(source.ids).toEqual(["new"]);
    expect(FakeWebSocket.all.length).toBe(1);

    FakeWebSocket.last.lose(1006);
    await pass(1_000);
    FakeWebSocket.last.open();
    expect(FakeWebSocket.last.sent[0]).toMatchObject({ after: { epoch: "f", version: 9 } });
  });

  it("is polled where no socket opens, which is tried again each time", async () => {
    push(1, runs);
    const { source } = listen();
    await pass(0);
    for (let n = 1; n <= 4; n += 1) {
      expect(FakeWebSocket.all.length).toBe(n);
      expect(asked("sprints")).toBe(n);
      FakeWebSocket.last.lose(1006);
      runs = [runState({ sprint_id: `run-${n}` })];
      push(n + 1, runs);
      await pass(5_000);
      expect(source.ids).toEqual([`run-${n}`]);
      expect(source.state).toEqual({ phase: "live" });
    }
  });

  it("shows the first page at once, and loads the others in the background", async () => {
    const page = (id: string) => [runState({ sprint_id: id, status: "succeeded" })];
    push(1, page("c"), page("b"), page("a"));
    const answerAll = browser.fetch.getMockImplementation();
    let release: () => void = () => undefined;
    const gate = new Promise<void>((done) => {
      release = done;
    });
    browser.fetch.mockImplementation(async (url, options) => {
      if (String(url).includes("before")) await gate;
      return (await answerAll?.(url, options)) ?? Response.error();
    });
    const { source } = listen();
    await pass(0);
    expect(source.ids).toEqual(["c"]);
    expect(source.state).toEqual({ phase: "live" });

    // Newer than the pages that follow.
    FakeWebSocket.last.open();
    FakeWebSocket.last.receive(welcomed());
    const failed = runState({ sprint_id: "b", status: "failed" });
    FakeWebSocket.last.receive(changes(2, [failed], { removed: ["a"] }));
    release();
    await pass(0);
    expect(source.ids.toSorted()).toEqual(["b", "c"]);
    expect(source.runs.find(({ sprint_id }) => sprint_id === "b")?.status).toBe("failed");
    expect(asked("limit=100")).toBe(1);
  });

  it("sends where the notebooks of changed runs are", async () => {
    const { source } = await connected();
    const run = (sprint_id: string) => runState({ sprint_id, notebook: "old.ipynb" });
    const notebooks = { moved: "new.ipynb", gone: null };
    FakeWebSocket.last.receive(changes(2, [run("moved"), run("gone")], { notebooks }));
    expect(source.runs[0]?.notebook).toBe("new.ipynb");
    expect([...source.withoutNotebook]).toEqual(["gone"]);

    FakeWebSocket.last.receive(changes(3, [run("gone")]));
    expect([...source.withoutNotebook]).toEqual([]);
  });

  it("is left while the page is hidden, and resumed when it is visible", async () => {
    await connected();
    turn("hidden");
    expect(FakeWebSocket.last.closedWith).toBe(1000);
    await pass(600_000);
    expect(FakeWebSocket.all.length).toBe(1);
    turn("visible");
    await pass(0);

    expect(FakeWebSocket.all.length).toBe(2);
    expect(asked("sprints")).toBe(1);
  });

  it("stays connected while the page is hidden for a listener that gives notice", async () => {
    const { source } = await connected();
    const leave = source.listen(vi.fn(), () => true);
    turn("hidden");
    FakeWebSocket.last.receive(changes(2, [runState({ sprint_id: "b", status: "failed" })]));
    expect(source.runs[0]).toMatchObject({ sprint_id: "b", status: "failed" });
    FakeWebSocket.last.lose(1006);
    await pass(20_000);
    expect(FakeWebSocket.all.length).toBe(2);

    leave();
    turn("hidden");
    expect(FakeWebSocket.last.closedWith).toBe(1000);
  });

  it("is left with the last listener", async () => {
    await connected();
    leave();
    expect(FakeWebSocket.last.closedWith).toBe(1000);
    expect(FakeWebSocket.last.listeners).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("keeps its connection where a list becomes visible, and reads the list on retry", async () => {
    const { source } = await connected();
    source.refresh();
    await pass(0);
    expect([asked("sprints"), FakeWebSocket.all.length]).toEqual([1, 1]);
    source.retry();
    await pass(0);
    expect([asked("sprints"), FakeWebSocket.all.length]).toEqual([2, 2]);
  });

  it("that closes for good gets no further request", async () => {
    const { source } = await connected();
    FakeWebSocket.last.lose(4503);
    await pass(600_000);
    expect(source.state).toMatchObject({ phase: "refused" });
    expect(FakeWebSocket.all.length).toBe(1);
  });

  it("that does not take the ticket gets a request for another one", async () => {
    push(1, runs);
    const { source } = listen();
    await pass(0);
    FakeWebSocket.last.lose(4501);
    await pass(0);
    expect(FakeWebSocket.all.length).toBe(2);
    FakeWebSocket.last.lose(4501);
    expect(source.state).toMatchObject({ phase: "refused" });
  });

  it("has a deleted run removed at once, and the connection stays", async () => {
    const { source } = await connected();
    browser.fetch.mockImplementation(async () => new Response(null, { status: 204 }));
    await source.delete("a");
    expect(source.ids).toEqual([]);
    expect(FakeWebSocket.last.closedWith).toBe(null);
  });

  it("that sends what is no message is left, and connected again", async () => {
    await connected();
    FakeWebSocket.last.receive({ type: "runs", version: "x" });
    expect(FakeWebSocket.last.closedWith).toBe(1000);
  });
});

describe("polling", () => {
  it("starts with the first listener and ends with the last", async () => {
    const source = new RunsSource(server(), browser);
    await pass(60_000);
    expect(requests()).toBe(0);

    const leaves = [source.listen(() => undefined), source.listen(() => undefined)];
    await pass(0);
    expect(requests()).toBe(1);
    leaves[0]?.();
    leaves[0]?.();
    await pass(5_000);
    expect(requests()).toBe(2);

    leaves[1]?.();
    await pass(60_000);
    expect(requests()).toBe(2);
    expect(vi.getTimerCount()).toBe(0);
    expect([browser.window.listeners, browser.document.listeners]).toEqual([0, 0]);
  });

  it("happens every 5 s", async () => {
    listen();
    await pass(4_900);
    expect(requests()).toBe(1);
    await pass(200);
    expect(requests()).toBe(2);
  });

  it("pauses while the page is hidden, and happens at once when it becomes visible", async () => {
    listen();
    await pass(0);
    turn("hidden");
    await pass(600_000);
    expect(requests()).toBe(1);

    turn("visible");
    await pass(0);
    expect(requests()).toBe(2);
  });

  it("waits longer for a slow server", async () => {
    answer = () =>
      new Promise((done) => setTimeout(() => done(Response.json({ sprints: runs })), 1_000));
    listen();
    await pass(1_000 + 9_000);
    expect(requests()).toBe(1);
    await pass(1_500);
    expect(requests()).toBe(2);
  });

  it("is shared by the lists of a page", async () => {
    const address = server();
    const first = listen(new RunsSource(address, browser));
    const second = new RunsSource(address, browser);
    const stop = second.listen(() => undefined);
    await pass(0);
    stop();

    expect(requests()).toBe(1);
    expect(second.runs).toBe(first.source.runs);
    expect(second.ids).toEqual(["a"]);
  });

  it("does not notify where the response is unchanged", async () => {
    const { onChange } = listen();
    await pass(0);
    const calls = onChange.mock.calls.length;
    await pass(20_000);

    expect(onChange).toHaveBeenCalledTimes(calls);
  });

  it("follows the pages of a long list, and does not notify where none has changed", async () => {
    const pages = new Map([
      [
        "sprints?limit=100",
        { sprints: [runState({ sprint_id: "c", status: "succeeded" })], next: 3 },
      ],
      [
        "sprints?before=3",
        { sprints: [runState({ sprint_id: "b", status: "succeeded" })], next: 2 },
      ],
      [
        "sprints?before=2",
        { sprints: [runState({ sprint_id: "a", status: "succeeded" })], next: null },
      ],
    ]);
    browser.fetch.mockImplementation(async (url) =>
      Response.json(pages.get(String(url).slice(String(url).indexOf("sprints")))),
    );
    const { source, onChange } = listen();
    await pass(0);
    expect(source.ids).toEqual(["c", "b", "a"]);
    const calls = onChange.mock.calls.length;
    await pass(5_000);
    expect(requests()).toBe(6);
    expect(onChange).toHaveBeenCalledTimes(calls);

    pages.set("sprints?before=3", { sprints: [], next: 2 });
    await pass(5_000);
    expect(source.ids).toEqual(["c", "a"]);
  });

  it("keeps the previous list where one of its pages fails", async () => {
    const { source } = listen();
    await pass(0);
    browser.fetch.mockImplementation(async (url) =>
      String(url).endsWith("sprints?limit=100")
        ? Response.json({ sprints: [runState({ sprint_id: "b", status: "succeeded" })], next: 2 })
        : Response.json({}, { status: 500 }),
    );
    await pass(5_000);

    expect(source.ids).toEqual(["a"]);
    expect(source.state).toMatchObject({ phase: "unreachable" });
  });

  it("measures the server's time", async () => {
    const headers = { Date: new Date(NOW + 3_600_000).toUTCString() };
    answer = async () => Response.json({ sprints: runs }, { headers });
    const { source } = listen();
    await pass(0);

    expect(source.now).toBe(NOW + 3_600_000);
  });
});

describe("an unreachable server", () => {
  it("leaves the list unchanged, and is polled with growing waits, up to 20 s", async () => {
    const { source } = listen();
    await pass(0);
    answer = broken;
    await pass(5_000);
    expect(source.state).toMatchObject({
      phase: "unreachable",
      why: "The server cannot be reached.",
    });
    expect(source.ids).toEqual(["a"]);

    const times: number[] = [];
    browser.fetch.mockImplementation(() => {
      times.push(Date.now());
      return answer();
    });
    await pass(200_000);
    const waits = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    expect(waits.slice(0, 4)).toEqual([1_000, 2_000, 4_000, 8_000]);
    expect(new Set(waits.slice(5))).toEqual(new Set([20_000]));
  });

  it("stops the time by which ages are counted", async () => {
    const { source } = listen();
    await pass(0);
    answer = broken;
    await pass(60_000);

    expect(source.now).toBe(NOW);
  });

  it("is back with the first response, which resets the waits", async () => {
    const { source } = listen();
    await pass(0);
    answer = broken;
    await pass(100_000);
    answer = async () => Response.json({ sprints: runs });
    await pass(30_000);
    expect(source.state).toEqual({ phase: "live" });

    answer = broken;
    await pass(5_000);
    if (source.state.phase !== "unreachable") throw new Error(source.state.phase);
    expect((source.state.retryAt ?? 0) - Date.now()).toBeLessThanOrEqual(1_000);
  });

  it.each(["online", "retry"])("is polled at once after %s", async (what) => {
    answer = broken;
    const { source } = listen();
    await pass(60_000);
    const before = requests();
    if (what === "online") browser.window.dispatchEvent(new Event("online"));
    else source.retry();
    await pass(0);

    expect(requests()).toBe(before + 1);
  });

  it("is unreachable after 20 s without a response", async () => {
    browser.fetch.mockImplementation(
      (_, options) =>
        new Promise((_done, fail) => {
          options?.signal?.addEventListener("abort", () => fail(options.signal?.reason));
        }),
    );
    const { source } = listen();
    await pass(20_000);

    expect(source.state).toMatchObject({
      phase: "unreachable",
      why: "The server does not answer.",
    });
  });
});

describe("a server that refuses", () => {
  it("is not polled again, and has a reason in words", async () => {
    answer = refusal(403);
    const { source } = listen();
    await pass(600_000);

    expect(requests()).toBe(1);
    expect(source.state).toMatchObject({
      phase: "refused",
      why: expect.stringContaining("not logged in"),
    });
  });

  it("without the extension is polled once, and again only on retry", async () => {
    answer = refusal(404);
    const { source } = listen();
    await pass(600_000);
    turn("hidden");
    turn("visible");
    browser.window.dispatchEvent(new Event("online"));
    source.refresh();
    await pass(600_000);
    expect(requests()).toBe(1);
    expect(source.state).toEqual({ phase: "not_installed" });

    answer = async () => Response.json({ sprints: runs });
    source.retry();
    await pass(0);

    expect(source.state).toEqual({ phase: "live" });
  });

  it("with 404 after a response has the extension", async () => {
    const { source } = listen();
    await pass(0);
    answer = refusal(404);
    await pass(10_000);

    expect(source.state).toMatchObject({ phase: "refused" });
    expect(source.ids).toEqual(["a"]);
  });

  it("is polled again on retry, and when the page becomes visible", async () => {
    answer = refusal(403);
    const { source } = listen();
    await pass(0);
    source.retry();
    await pass(0);
    answer = async () => Response.json({ sprints: runs });
    turn("visible");
    await pass(0);

    expect(requests()).toBe(3);
    expect(source.state).toEqual({ phase: "live" });
  });
});

describe("the server's response", () => {
  it("has the current paths of notebooks", async () => {
    runs = ["a", "b", "c"].map((sprint_id) => runState({ sprint_id, notebook: "old.ipynb" }));
    answer = async () => Response.json({ sprints: runs, notebooks: { a: "new.ipynb", b: null } });
    const { source } = listen();
    await pass(0);

    expect(source.runs.map(({ notebook }) => notebook)).toEqual([
      "new.ipynb",
      "old.ipynb",
      "old.ipynb",
    ]);
    expect([...source.withoutNotebook]).toEqual(["b"]);
  });

  it("has the reason why runs are kept in memory only", async () => {
    answer = async () => Response.json({ sprints: [], kept_in_memory_because: "no file" });
    const { source } = listen();
    await pass(0);

    expect(source.keptInMemoryBecause).toBe("no file");
  });
});

describe("deleting a run", () => {
  it("is a DELETE with the XSRF header, followed by a poll at once", async () => {
    const { source } = listen();
    await pass(0);
    answer = async () => new Response(null, { status: 204 });
    const deleting = source.delete("a");
    runs = [];
    await expect.poll(requests).toBe(2);
    answer = async () => Response.json({ sprints: runs });
    await deleting;
    expect(source.ids).toEqual([]);
    await pass(0);

    const [url, options] = browser.fetch.mock.calls[1] ?? [];
    expect(url).toMatch(/\/realtime\/api\/sprints\/a$/);
    expect(options).toMatchObject({ method: "DELETE", headers: { "X-XSRFToken": "2|abc" } });
    expect(requests()).toBe(3);
  });

  it("is not undone by a response to an earlier request", async () => {
    const { source } = listen();
    await pass(0);
    let arrive: (response: Response) => void = () => undefined;
    answer = () =>
      new Promise((done) => {
        arrive = done;
      });
    await pass(5_000);
    answer = async () => new Response(null, { status: 204 });
    const deleting = source.delete("a");
    answer = () => new Promise(() => undefined);
    await deleting;
    arrive(Response.json({ sprints: runs }));
    await pass(0);

    expect(source.ids).toEqual([]);
  });

  it.each([
    [409, { code: "still_running" }, "still being published"],
    [403, {}, "not allowed to delete"],
  ])("that is refused with %d has a reason, and the run stays", async (status, body, words) => {
    const { source } = listen();
    await pass(0);
    answer = refusal(status, body);

    await expect(source.delete("a")).rejects.toThrow(words);
    expect(source.ids).toEqual(["a"]);
  });

  it("that is gone already succeeds", async () => {
    const { source } = listen();
    await pass(0);
    answer = refusal(404, { code: "unknown_sprint" });
    await source.delete("a");

    expect(source.ids).toEqual([]);
  });
});
