import { describe, expect, it, vi } from "vitest";
import type { ConnectionState, Feed } from "../../src/feeds/feed.js";
import { ServerSource } from "../../src/feeds/server-source.js";
import { shareFeed } from "../../src/feeds/shared.js";
import { staticFeed } from "../../src/feeds/static-feed.js";
import { CountingTarget, events, FakeWebSocket, fakeBrowser, log, SERVER } from "../fakes.js";

function fakeFeed(state: ConnectionState = { phase: "connected" }) {
  const feed: Feed = { ...staticFeed(state), close: vi.fn(), retry: vi.fn() };
  let notify: () => void = () => undefined;
  const open = vi.fn((onChange: () => void) => {
    notify = onChange;
    return feed;
  });
  return { feed, open, change: () => notify() };
}

describe("two views of one run", () => {
  it("share one feed, and both are notified of changes", () => {
    const { feed, open, change } = fakeFeed();
    const listeners = [vi.fn(), vi.fn()];

    const views = listeners.map((listener) => shareFeed("run", open, listener));
    change();

    expect(open).toHaveBeenCalledOnce();
    expect(views.map((view) => view.run)).toEqual([feed.run, feed.run]);
    for (const listener of listeners) expect(listener).toHaveBeenCalledOnce();
    for (const view of views) view.close();
  });

  it("keep it open until the last one leaves, though one closes twice", () => {
    const { feed, open, change } = fakeFeed();
    const left = vi.fn();
    const first = shareFeed("run", open, left);
    const second = shareFeed("run", open, () => undefined);

    first.close();
    first.close();
    change();
    expect(left).not.toHaveBeenCalled();
    expect(feed.close).not.toHaveBeenCalled();
    second.close();

    expect(feed.close).toHaveBeenCalledOnce();
  });
});

it("views of two bundles of a page share one feed", async () => {
  const { feed, open } = fakeFeed();
  vi.resetModules();
  const other = await import("../../src/feeds/shared.js");
  expect(other.shareFeed).not.toBe(shareFeed);

  const views = [shareFeed, other.shareFeed].map((share) => share("run", open, () => undefined));
  expect(open).toHaveBeenCalledOnce();
  for (const view of views) view.close();

  expect(feed.close).toHaveBeenCalledOnce();
});

it("a view after the last one has left opens a new feed", () => {
  const { open } = fakeFeed();
  shareFeed("run", open, () => undefined).close();

  shareFeed("run", open, () => undefined).close();

  expect(open).toHaveBeenCalledTimes(2);
});

it("views of different runs do not share a feed", () => {
  const { open } = fakeFeed();

  const views = ["a", "b"].map((name) => shareFeed(name, open, () => undefined));

  expect(open).toHaveBeenCalledTimes(2);
  for (const view of views) view.close();
});

it("a view that joins a disconnected feed makes it retry", () => {
  const { feed, open } = fakeFeed({ phase: "disconnected", why: "x" });
  const first = shareFeed("run", open, () => undefined);
  vi.mocked(feed.retry).mockClear();

  const second = shareFeed("run", open, () => undefined);

  expect(feed.retry).toHaveBeenCalledOnce();
  first.close();
  second.close();
});

it("a view that replaces the last one has the same events, over the same socket", async () => {
  vi.useFakeTimers();
  const browser = fakeBrowser();
  vi.stubGlobal("WebSocket", browser.WebSocket);
  vi.stubGlobal("fetch", browser.fetch);
  vi.stubGlobal("window", new CountingTarget());
  vi.stubGlobal("document", new CountingTarget());
  const source = new ServerSource(SERVER);
  let view = source.watch("run", () => undefined);
  await vi.advanceTimersByTimeAsync(0);
  FakeWebSocket.last.welcome({ head: 1 });
  FakeWebSocket.last.receive(events(1, log("shown")));

  for (let n = 0; n < 60; n++) {
    view.close();
    await vi.advanceTimersByTimeAsync(900);
    FakeWebSocket.last.receive({ type: "pong" });
    view = source.watch("run", () => undefined);
    expect(view.run.log.lines.map(({ text }) => text)).toEqual(["shown"]);
    expect(view.state).toEqual({ phase: "connected" });
  }
  expect(FakeWebSocket.all).toHaveLength(1);
  expect(FakeWebSocket.last.closedWith).toBeNull();

  view.close();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(FakeWebSocket.last.closedWith).toBe(1000);
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

it("a lingering feed is reused by a view that comes in time, and closed otherwise", () => {
  vi.useFakeTimers();
  const { feed, open } = fakeFeed();
  const show = () => shareFeed("lingering", open, () => undefined, 1_000);
  show().close();
  vi.advanceTimersByTime(999);

  const view = show();
  vi.advanceTimersByTime(5_000);
  expect(feed.close).not.toHaveBeenCalled();
  view.close();
  vi.advanceTimersByTime(1_000);

  expect(open).toHaveBeenCalledOnce();
  expect(feed.close).toHaveBeenCalledOnce();
  vi.useRealTimers();
});
