import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { runState } from "../../dev/run-state.js";
import { WebSocketFeed } from "../../src/feeds/websocket-feed.js";
import { events, type FakeBrowser, FakeWebSocket, fakeBrowser, log, SERVER } from "../fakes.js";

const PUBLISH = { type: "publish", first_n: 1, events: [log("yes")] };

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
});

afterEach(() => {
  vi.useRealTimers();
});

/** A feed whose first socket exists, because the ticket has come. */
async function connect(browser: FakeBrowser = fakeBrowser(), server = SERVER) {
  const onChange = vi.fn();
  const connection = new WebSocketFeed({ server, sprintId: "run", onChange, browser });
  await vi.advanceTimersByTimeAsync(0);
  return { connection, browser, onChange };
}

/** Make the network fail before a socket is made. */
function unreachable(browser: FakeBrowser): void {
  browser.fetch.mockRejectedValue(new TypeError("Failed to fetch"));
}

describe("connecting", () => {
  it("requests a ticket and sends it with hello", async () => {
    const { connection } = await connect();

    expect(connection.state).toEqual({ phase: "connecting" });
    FakeWebSocket.last.open();

    expect(FakeWebSocket.last).toMatchObject({
      url: "ws://lab/realtime/ws/sprints/run",
      protocol: "realtime-widgets.v1",
      sent: [
        { type: "hello", ticket: "ticket 1", watch: { after: null, newest: 300 }, publish: null },
      ],
    });
    expect(connection.isConnected).toBe(false);
  });

  it("does not notify before its constructor has returned", () => {
    const onChange = vi.fn();

    new WebSocketFeed({ server: SERVER, sprintId: "run", onChange, browser: fakeBrowser() });

    expect(onChange).not.toHaveBeenCalled();
  });

  it("sends the page's token in the URL only to another host, which gets no cookie", async () => {
    await connect(fakeBrowser(), { ...SERVER, token: "secret" });
    expect(FakeWebSocket.last.url).not.toContain("secret");

    await connect(fakeBrowser(), { ...SERVER, token: "secret", isSameHost: false });
    expect(FakeWebSocket.last.url).toContain("?token=secret");
  });

  it("is catching up until it has reached the head, then connected", async () => {
    const { connection } = await connect();
    FakeWebSocket.last.welcome({ head: 3 });
    FakeWebSocket.last.receive(events(1, log("a"), log("b")));
    expect(connection.state).toEqual({ phase: "catching_up", seq: 2, head: 3 });

    FakeWebSocket.last.receive(events(3, log("c")));

    expect(connection.state).toEqual({ phase: "connected" });
    expect(connection.isConnected).toBe(true);
    expect(connection.lastMessage).toMatchObject({ message: "c", seq: 3 });
    expect(connection.run.log.end).toBe(3);
  });

  it("measures the offset of the server's clock", async () => {
    vi.setSystemTime("2026-11-22T21:59:50.000Z");
    const { connection } = await connect();

    FakeWebSocket.last.welcome();

    expect(connection.clockOffset).toBe(10_000);
  });

  it("abandons an attempt that hangs for 20 s and tries again", async () => {
    const browser = fakeBrowser();
    browser.fetch.mockReturnValueOnce(new Promise(() => undefined));
    const { connection } = await connect(browser);

    await vi.advanceTimersByTimeAsync(20_000);

    expect(connection.state).toMatchObject({
      phase: "reconnecting",
      why: "The server does not answer.",
    });
  });

  it("stops where the page may not open a socket at all", async () => {
    const browser = fakeBrowser();
    browser.WebSocket = class {
      constructor() {
        throw new DOMException("mixed content", "SecurityError");
      }
    } as unknown as typeof WebSocket;

    const { connection } = await connect(browser);

    expect(connection.state).toMatchObject({ phase: "disconnected" });
  });
});

describe("storage that is not available", () => {
  const FULL = { type: "trouble", code: "storage_full", message: "the disk is full" };

  it("is part of the state while it lasts", async () => {
    const { connection } = await connect();
    FakeWebSocket.last.welcome({ head: 1 });

    FakeWebSocket.last.receive(FULL);
    const storage = { code: "storage_full", message: "the disk is full" };
    expect(connection.state).toEqual({ phase: "catching_up", seq: 0, head: 1, storage });
    FakeWebSocket.last.receive(events(1, log("a")));
    expect(connection.state).toEqual({ phase: "connected", storage });
    FakeWebSocket.last.receive({ ...FULL, code: null, message: null });

    expect(connection.state).toEqual({ phase: "connected" });
  });

  it("is cleared when the connection ends", async () => {
    const { connection } = await connect();
    FakeWebSocket.last.welcome();
    FakeWebSocket.last.receive(FULL);

    FakeWebSocket.last.lose(1006);
    await vi.advanceTimersByTimeAsync(1_000);
    FakeWebSocket.last.welcome();

    expect(connection.state).toEqual({ phase: "connected" });
  });
});

describe("publishers that are disconnected", () => {
  it("are part of the state of a connection, and not of the next", async () => {
    const { connection } = await connect();
    FakeWebSocket.last.welcome();

    FakeWebSocket.last.receive({ type: "presence", disconnected_at: 1_795_400_000.5 });
    expect(connection.state).toEqual({ phase: "connected", publisherGoneAt: 1_795_400_000_500 });
    FakeWebSocket.last.receive({ type: "presence", disconnected_at: null });
    expect(connection.state).toEqual({ phase: "connected" });

    FakeWebSocket.last.receive({ type: "presence", disconnected_at: 1_795_400_000.5 });
    FakeWebSocket.last.lose(1006);
    await vi.advanceTimersByTimeAsync(1_000);
    FakeWebSocket.last.welcome();
    expect(connection.state).toEqual({ phase: "connected" });
    connection.close();
  });
});

describe("a lost connection", () => {
  it("is resumed with a new ticket, from the last event applied", async () => {
    const { connection } = await connect();
    FakeWebSocket.last.welcome({ head: 1 });
    FakeWebSocket.last.receive(events(1, log("a")));

    FakeWebSocket.last.lose(1006);
    expect(connection.state).toMatchObject({
      phase: "reconnecting",
      why: "The connection was lost.",
    });
    expect(connection.isConnected).toBe(false);
    await vi.advanceTimersByTimeAsync(500);
    FakeWebSocket.last.open();

    expect(FakeWebSocket.all).toHaveLength(2);
    expect(FakeWebSocket.last.sent).toMatchObject([
      { ticket: "ticket 2", watch: { after: { epoch: "e1", seq: 1, entry: "b1" } } },
    ]);
  });

  it("has the time of its end until there is a new one", async () => {
    const { connection } = await connect();
    expect(connection.asOf).toBeNull();
    FakeWebSocket.last.welcome();
    await vi.advanceTimersByTimeAsync(20_000);

    const endedAt = Date.now();
    FakeWebSocket.last.lose(1006);
    await vi.advanceTimersByTimeAsync(500);
    expect(connection.asOf).toBe(endedAt);
    FakeWebSocket.last.lose(1006);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(connection.asOf).toBe(endedAt);
    FakeWebSocket.last.welcome();

    expect(connection.asOf).toBeNull();
    connection.close();
  });

  it("has the time of the last message where the machine was suspended since", async () => {
    const { connection } = await connect();
    FakeWebSocket.last.welcome();
    const receivedAt = Date.now();

    vi.setSystemTime(receivedAt + 3_600_000);
    FakeWebSocket.last.lose(1006);

    expect(connection.asOf).toBe(receivedAt);
    connection.close();
  });

  it("that was never made has no time", async () => {
    const { connection } = await connect();
    FakeWebSocket.last.lose(1006);

    expect(connection.state.phase).toBe("reconnecting");
    expect(connection.asOf).toBeNull();
    connection.close();
  });

  it("is followed by a random wait whose bound doubles from 1 s to 20 s", async () => {
    const browser = fakeBrowser(1);
    unreachable(browser);
    const { connection } = await connect(browser);
    const waits: number[] = [];

    for (let n = 0; n < 8; n++) {
      if (connection.state.phase !== "reconnecting") throw new Error(connection.state.phase);
      const wait = (connection.state.retryAt ?? 0) - Date.now();
      waits.push(wait);
      await vi.advanceTimersByTimeAsync(wait);
    }

    expect(waits).toEqual([1_000, 1_000, 2_000, 4_000, 8_000, 16_000, 20_000, 20_000]);
  });

  it("is followed by a wait no longer than the outage", async () => {
    const browser = fakeBrowser(0);
    unreachable(browser);
    const { connection } = await connect(browser);
    for (let n = 0; n < 8; n++) await vi.advanceTimersByTimeAsync(1);

    browser.random = () => 1;
    await vi.advanceTimersByTimeAsync(1);

    expect(connection.state).toMatchObject({ phase: "reconnecting" });
    if (connection.state.phase !== "reconnecting") return;
    expect((connection.state.retryAt ?? 0) - Date.now()).toBeLessThanOrEqual(1_000);
  });

  it("is followed by a wait between zero and the bound", async () => {
    for (const [chance, wait] of [
      [0, 0],
      [0.25, 250],
    ] as const) {
      const browser = fakeBrowser(chance);
      unreachable(browser);
      const { connection } = await connect(browser);

      expect(connection.state).toMatchObject({ retryAt: Date.now() + wait });
      connection.close();
    }
  });

  it("starts with a short wait again where the connection has brought an event", async () => {
    const { connection } = await connect(fakeBrowser(1));
    const waitAfter = async (...messages: object[]) => {
      FakeWebSocket.last.welcome({ head: messages.length });
      await vi.advanceTimersByTimeAsync(20_000);
      for (const message of messages) FakeWebSocket.last.receive(message);
      FakeWebSocket.last.lose(1006);
      if (connection.state.phase !== "reconnecting") throw new Error(connection.state.phase);
      const wait = (connection.state.retryAt ?? 0) - Date.now();
      await vi.advanceTimersByTimeAsync(wait);
      return wait;
    };

    expect(await waitAfter()).toBe(1_000);
    expect(await waitAfter()).toBe(2_000);
    expect(await waitAfter(events(1, log("a")))).toBe(1_000);
  });

  it("is followed by an attempt at once when the browser is online", async () => {
    const { browser } = await connect(fakeBrowser(1));
    FakeWebSocket.last.welcome();
    FakeWebSocket.last.lose(1006);

    browser.window.dispatchEvent(new Event("online"));
    await vi.advanceTimersByTimeAsync(0);

    expect(FakeWebSocket.all).toHaveLength(2);
  });

  it("is followed by an attempt at once when the tab becomes visible, not when it is hidden", async () => {
    const { browser } = await connect(fakeBrowser(1));
    FakeWebSocket.last.welcome();
    FakeWebSocket.last.lose(1006);

    browser.document.visibilityState = "hidden";
    browser.document.dispatchEvent(new Event("visibilitychange"));
    await vi.advanceTimersByTimeAsync(0);
    expect(FakeWebSocket.all).toHaveLength(1);

    browser.document.visibilityState = "visible";
    browser.document.dispatchEvent(new Event("visibilitychange"));
    await vi.advanceTimersByTimeAsync(0);
    expect(FakeWebSocket.all).toHaveLength(2);
  });

  it("is followed by one attempt at once on retry", async () => {
    const { connection } = await connect(fakeBrowser(1));
    FakeWebSocket.last.lose(1006);

    connection.retry();
    connection.retry();
    await vi.advanceTimersByTimeAsync(10_000);

    expect(FakeWebSocket.all).toHaveLength(2);
  });

  it("leaves no listener on its socket", async () => {
    await connect();
    const socket = FakeWebSocket.last;

    socket.lose(1006);

    expect(socket.listeners).toBe(0);
  });
});

describe("the heartbeat", () => {
  it("pings after 25 s of silence and closes the connection after 10 s more", async () => {
    const { connection } = await connect(fakeBrowser(1));
    const socket = FakeWebSocket.last;
    socket.welcome();

    await vi.advanceTimersByTimeAsync(25_000);
    expect(socket.sent.at(-1)).toEqual({ type: "ping" });
    expect(connection.isConnected).toBe(true);
    await vi.advanceTimersByTimeAsync(10_000);

    expect(socket.closedWith).toBe(4003);
    expect(connection.state).toMatchObject({
      phase: "reconnecting",
      why: "The server did not answer.",
    });
  });

  it("keeps the connection for hours while the server responds", async () => {
    const { connection } = await connect();
    const socket = FakeWebSocket.last;
    socket.welcome();

    for (let n = 0; n < 100; n++) {
      await vi.advanceTimersByTimeAsync(25_000);
      socket.receive({ type: "pong" });
    }

    expect(connection.isConnected).toBe(true);
    expect(socket.sent.filter(({ type }) => type === "ping")).toHaveLength(100);
  });
});

describe("a close code of the server", () => {
  it.each([
    [4503, "You are not allowed to do this with this run."],
    [4504, "The server has no such run."],
    [4506, "The server has another version of the protocol; reload the page."],
    [1009, "The server does not take a message as big as this view sent."],
  ])("%i ends the connection with a reason, until the user retries", async (code, why) => {
    const { connection } = await connect();
    FakeWebSocket.last.welcome();

    FakeWebSocket.last.lose(code);
    await vi.advanceTimersByTimeAsync(120_000);
    expect(connection.state).toEqual({ phase: "disconnected", why });
    expect(FakeWebSocket.all).toHaveLength(1);
    connection.retry();
    await vi.advanceTimersByTimeAsync(0);

    expect(connection.state).toEqual({ phase: "connecting" });
    expect(FakeWebSocket.all).toHaveLength(2);
  });

  it("4501 requests one new ticket before it is final", async () => {
    const { connection } = await connect();

    FakeWebSocket.last.lose(4501);
    await vi.advanceTimersByTimeAsync(0);
    expect(FakeWebSocket.all).toHaveLength(2);
    FakeWebSocket.last.lose(4501);
    await vi.advanceTimersByTimeAsync(60_000);

    expect(FakeWebSocket.all).toHaveLength(2);
    expect(connection.state).toMatchObject({ phase: "disconnected" });
  });

  it("a hole in the log closes with 4002 and resumes", async () => {
    const { connection } = await connect();
    const socket = FakeWebSocket.last;
    socket.welcome({ head: 1 });
    socket.receive(events(1, log("a")));

    socket.receive(events(3, log("c")));
    await vi.advanceTimersByTimeAsync(1_000);
    FakeWebSocket.last.welcome({ head: 3, recovered: true });
    FakeWebSocket.last.receive(events(2, log("b"), log("c")));

    expect(socket.closedWith).toBe(4002);
    expect(connection.run.log.lines.map(({ text }) => text)).toEqual(["a", "b", "c"]);
  });
});

describe("no ticket", () => {
  const responses: [number, object | string, string, string][] = [
    [401, {}, "disconnected", "You are not logged in"],
    [403, {}, "disconnected", "not allowed to see this run"],
    [404, "<html>", "disconnected", "no realtime-widgets extension"],
    [404, { code: "unknown_sprint" }, "disconnected", "no run of this name"],
    [400, {}, "disconnected", "not a valid name"],
    [503, {}, "reconnecting", "busy or starting"],
    [500, {}, "reconnecting", "HTTP 500"],
    [200, "<html>login</html>", "disconnected", "You are not logged in"],
  ];

  it.each(responses)(
    "because of %i %j has a reason in words: %s, %s",
    async (status, body, phase, words) => {
      const browser = fakeBrowser();
      const text = typeof body === "string" ? body : JSON.stringify(body);
      browser.fetch.mockResolvedValue(new Response(text, { status }));

      const { connection } = await connect(browser);

      expect(connection.state).toMatchObject({ phase, why: expect.stringContaining(words) });
      expect(FakeWebSocket.all).toHaveLength(0);
    },
  );

  it("because the server is not reachable has a reason in words", async () => {
    const browser = fakeBrowser();
    unreachable(browser);

    const { connection } = await connect(browser);

    expect(connection.state).toMatchObject({
      phase: "reconnecting",
      why: "The server cannot be reached.",
    });
  });
});

it("joins a run in the middle with the state of the server", async () => {
  const { connection } = await connect();
  FakeWebSocket.last.welcome({ first: 10, head: 10 });
  const state = runState({ head: 10, status: "succeeded", attempt: 4 });

  FakeWebSocket.last.receive({ type: "state", state });
  expect(connection.run).toMatchObject({ status: "succeeded", attempt: 4, seq: 9 });
  FakeWebSocket.last.receive(events(10, log("last words")));

  expect(connection.run).toMatchObject({ status: "succeeded", attempt: 4, seq: 10 });
});

describe("sending", () => {
  it("uses a connection that may publish", async () => {
    const { connection } = await connect();
    FakeWebSocket.last.welcome();

    expect(connection.sendMessage(log("yes"))).toBe(true);
    await vi.advanceTimersByTimeAsync(0);
    FakeWebSocket.last.welcome();

    expect(FakeWebSocket.last.sent).toMatchObject([
      { publish: { publisher_id: "0".repeat(32) } },
      PUBLISH,
    ]);
  });

  it("is queued until there is a connection", async () => {
    const browser = fakeBrowser();
    unreachable(browser);
    const { connection } = await connect(browser);
    expect(connection.sendMessage(log("yes"))).toBe(true);

    browser.fetch.mockResolvedValue(Response.json({ ticket: "t" }));
    await vi.advanceTimersByTimeAsync(1_000);
    FakeWebSocket.last.welcome();

    expect(FakeWebSocket.last.sent.at(-1)).toEqual(PUBLISH);
  });

  it("repeats after a reconnect only events that were not acknowledged", async () => {
    const { connection } = await connect();
    FakeWebSocket.last.welcome();
    connection.sendMessage(log("yes"));
    await vi.advanceTimersByTimeAsync(0);
    FakeWebSocket.last.welcome();

    FakeWebSocket.last.lose(1006);
    await vi.advanceTimersByTimeAsync(1_000);
    FakeWebSocket.last.welcome({ last_n: null });
    expect(FakeWebSocket.last.sent.at(-1)).toEqual(PUBLISH);
    FakeWebSocket.last.receive({ type: "ack", up_to: 1, seq: 1, epoch: "e1" });
    FakeWebSocket.last.lose(1006);
    await vi.advanceTimersByTimeAsync(2_000);
    FakeWebSocket.last.welcome({ last_n: 1 });

    expect(FakeWebSocket.last.sent).toHaveLength(1);
  });
});

it("a value that JSON cannot represent throws, and the connection stays open", async () => {
  const { connection } = await connect();
  FakeWebSocket.last.welcome();

  expect(() => connection.sendMessage({ type: "mine", loss: Number.NaN })).toThrow('"loss" is NaN');

  expect(connection.isConnected).toBe(true);
});

describe("closing", () => {
  it.each(["connecting", "open", "waiting to reconnect"])(
    "while %s leaves no socket, timer or listener",
    async (when) => {
      const { connection, browser, onChange } = await connect();
      if (when === "open") FakeWebSocket.last.welcome();
      if (when === "waiting to reconnect") FakeWebSocket.last.lose(1006);
      onChange.mockClear();

      connection.close();
      connection.close();
      connection.retry();
      await vi.advanceTimersByTimeAsync(60_000);

      expect(vi.getTimerCount()).toBe(0);
      expect(browser.window.listeners + browser.document.listeners).toBe(0);
      expect(FakeWebSocket.all.map(({ listeners }) => listeners)).toEqual([0]);
      expect(FakeWebSocket.all).toHaveLength(1);
      if (when !== "waiting to reconnect") expect(FakeWebSocket.last.closedWith).toBe(1000);
      expect(connection.sendMessage(log("late"))).toBe(false);
      expect(onChange).not.toHaveBeenCalled();
    },
  );

  it("during the request for a ticket opens no socket", async () => {
    const browser = fakeBrowser();
    const connection = new WebSocketFeed({
      server: SERVER,
      sprintId: "run",
      onChange: () => undefined,
      browser,
    });

    connection.close();
    await vi.advanceTimersByTimeAsync(60_000);

    expect(FakeWebSocket.all).toHaveLength(0);
    expect(vi.getTimerCount()).toBe(0);
  });
});
