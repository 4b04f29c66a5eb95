// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import widget, { type Model } from "../src/widget.js";
import { events, FakeWebSocket, fakeBrowser, log } from "./fakes.js";

type Traits = Record<string, unknown>;

/** A model as anywidget gives it, which counts its listeners. */
class FakeModel {
  readonly traits: Traits = {
    sprint_id: "run",
    height: "",
    status: "",
    connection: "",
    last_seq: 0,
  };
  readonly saved: Traits[] = [];
  readonly #listeners = new Map<string, Set<() => void>>();
  #unsaved: Traits = {};

  get(name: string): unknown {
    return this.traits[name];
  }

  set(name: string, value: unknown): void {
    this.traits[name] = value;
    this.#unsaved[name] = value;
  }

  save_changes(): void {
    this.saved.push(this.#unsaved);
    this.#unsaved = {};
  }

  on(event: string, callback: () => void): void {
    this.#listeners.set(event, (this.#listeners.get(event) ?? new Set()).add(callback));
  }

  off(event: string, callback: () => void): void {
    this.#listeners.get(event)?.delete(callback);
  }

  /** The kernel changes a trait. */
  change(name: string, value: unknown): void {
    this.traits[name] = value;
    for (const callback of this.#listeners.get(`change:${name}`) ?? []) callback();
  }

  get listeners(): number {
    return [...this.#listeners.values()].reduce((sum, each) => sum + each.size, 0);
  }
}

let model: FakeModel;
let el: HTMLElement;

function render(): () => void {
  return widget.render({ model: model as unknown as Model, el });
}

/** Give the page a Jupyter server. */
function serve(): void {
  document.body.dataset["baseUrl"] = "/";
  const browser = fakeBrowser();
  vi.stubGlobal("WebSocket", browser.WebSocket);
  vi.stubGlobal("fetch", browser.fetch);
}

beforeEach(() => {
  vi.useFakeTimers();
  model = new FakeModel();
  el = document.createElement("div");
});

afterEach(() => {
  delete document.body.dataset["baseUrl"];
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe("on a page without a server", () => {
  it("the widget says so and reports it to the kernel", async () => {
    const cleanup = render();
    await vi.advanceTimersByTimeAsync(250);

    expect(el.textContent).toContain("does not come from a Jupyter server");
    expect(model.traits).toMatchObject({ connection: "no_server", status: "pending" });
    cleanup();
  });
});

describe("on a page with a server", () => {
  it("the widget follows the run and reports where it is, four times a second at most", async () => {
    serve();
    const cleanup = render();
    await vi.advanceTimersByTimeAsync(0);
    FakeWebSocket.last.welcome({ head: 0 });
    for (let n = 1; n <= 100; n++) {
      FakeWebSocket.last.receive(events(n, log(`line ${n}`)));
      await vi.advanceTimersByTimeAsync(10);
    }
    await vi.advanceTimersByTimeAsync(250);

    expect(model.traits).toMatchObject({ connection: "connected", last_seq: 100 });
    expect(model.saved.length).toBeLessThanOrEqual(6);
    expect(el.textContent).toContain("line 100");
    cleanup();
  });

  it("nothing is reported while nothing changes", async () => {
    serve();
    const cleanup = render();
    await vi.advanceTimersByTimeAsync(0);
    FakeWebSocket.last.welcome();
    await vi.advanceTimersByTimeAsync(1_000);
    const before = model.saved.length;

    FakeWebSocket.last.receive({ type: "pong" });
    await vi.advanceTimersByTimeAsync(5_000);

    expect(model.saved).toHaveLength(before);
    cleanup();
  });

  it("reports a status, a connection and a number, and nothing else", async () => {
    serve();
    const cleanup = render();
    await vi.advanceTimersByTimeAsync(0);
    FakeWebSocket.last.welcome();
    FakeWebSocket.last.receive(events(1, log("secret")));
    await vi.advanceTimersByTimeAsync(250);

    const names = new Set(model.saved.flatMap((saved) => Object.keys(saved)));
    expect([...names].sort()).toEqual(["connection", "last_seq", "status"]);
    expect(JSON.stringify(model.saved)).not.toContain("secret");
    cleanup();
  });

  it("another sprint id leaves the old run and follows the new one", async () => {
    serve();
    const cleanup = render();
    await vi.advanceTimersByTimeAsync(0);
    const old = FakeWebSocket.last;
    old.welcome();

    model.change("sprint_id", "other");
    await vi.advanceTimersByTimeAsync(0);

    expect(old.closedWith).toBe(1000);
    expect(old.listeners).toBe(0);
    expect(FakeWebSocket.last.url).toMatch(/sprints\/other$/);
    expect(el.children).toHaveLength(1);
    cleanup();
  });

  it("after its cleanup no listener, timer, socket or element is left", async () => {
    serve();
    const onWindow = vi.spyOn(window, "addEventListener");
    const onDocument = vi.spyOn(document, "addEventListener");
    const cleanup = render();
    await vi.advanceTimersByTimeAsync(0);
    FakeWebSocket.last.welcome();
    FakeWebSocket.last.receive(events(1, log("a")));

    cleanup();
    await vi.advanceTimersByTimeAsync(1_000);

    const signals = [...onWindow.mock.calls, ...onDocument.mock.calls].map(([, , options]) =>
      typeof options === "object" ? options.signal : null,
    );
    expect(signals.length).toBeGreaterThan(0);
    expect(signals.every((signal) => signal?.aborted)).toBe(true);
    expect(model.listeners).toBe(0);
    expect(FakeWebSocket.last).toMatchObject({ listeners: 0, closedWith: 1000 });
    expect(vi.getTimerCount()).toBe(0);
    expect(el.childNodes).toHaveLength(0);
  });
});
