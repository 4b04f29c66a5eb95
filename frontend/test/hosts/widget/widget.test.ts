// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import widget, { type Model } from "../../../src/hosts/widget/widget.js";
import { events, FakeComm, FakeWebSocket, fakeBrowser, log, welcome } from "../../fakes.js";

type Traits = Record<string, unknown>;

let models = 0;

/** A fake of anywidget's model. */
class FakeModel extends FakeComm {
  readonly traits: Traits = {
    key: `key ${models++}`,
    sprint_id: "run",
    height: "",
    link: "server",
    status: "",
    connection: "",
    last_seq: 0,
  };
  readonly saved: Traits[] = [];
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

  /** The kernel changes a trait. */
  change(name: string, value: unknown): void {
    this.traits[name] = value;
    this.emit(`change:${name}`);
  }
}

let model: FakeModel;
let el: HTMLElement;

/** Load the widget, as anywidget does for each model. */
function load() {
  const { initialize, render } = widget;
  // A new object for each call, as in anywidget.
  const given = () =>
    ({
      get: model.get.bind(model),
      set: model.set.bind(model),
      save_changes: model.save_changes.bind(model),
      send: model.send.bind(model),
      on: model.on.bind(model),
      off: model.off.bind(model),
    }) as unknown as Model;
  return {
    initialize: () => initialize({ model: given() }),
    render: (into = el) => render({ model: given(), el: into }),
  };
}

const render = () => load().render();

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
  // A feed is closed some time after its last view.
  vi.advanceTimersByTime(1_000);
  delete document.body.dataset["baseUrl"];
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

it("is an object of two functions, as anywidget requires", () => {
  expect(Object.keys(widget).sort()).toEqual(["initialize", "render"]);
});

it("shares the width of a row, and removes its class when it is closed", () => {
  const cleanup = render();
  expect(el.classList.contains("rtw-host")).toBe(true);

  cleanup();

  expect(el.className).toBe("");
});

describe("on a page without a server", () => {
  it("a widget without a link shows and reports that there is no server", async () => {
    model.traits["link"] = "";
    const cleanup = render();
    await vi.advanceTimersByTimeAsync(250);

    expect(el.textContent).toContain("does not come from a Jupyter server");
    expect(model.traits).toMatchObject({ connection: "no_server", status: "pending" });
    cleanup();
  });
});

describe("through the kernel", () => {
  beforeEach(() => {
    model.traits["link"] = "kernel";
  });

  it("the widget shows events that came before it had a view", async () => {
    const { initialize, render } = load();
    initialize();
    model.relay("s1", 0, welcome({ head: 1 }), events(1, log("sent early")));

    const cleanup = render();
    await vi.advanceTimersByTimeAsync(250);

    expect(el.textContent).toContain("sent early");
    expect(el.textContent).not.toContain("Shown through the kernel");
    el.querySelector<HTMLElement>(".rtw-limits-button")?.click();
    await vi.advanceTimersByTimeAsync(0);
    expect(el.querySelector("[role=note]")?.textContent).toContain("Shown through the kernel");
    expect(model.traits).toMatchObject({ connection: "connected", last_seq: 1 });
    cleanup();
  });

  it("all views of a widget share one listener", () => {
    const { initialize, render } = load();
    initialize();
    const before = model.listeners;

    const cleanups = [render(), render(document.createElement("div"))];

    // Each view listens for its two traits.
    expect(model.listeners).toBe(before + 4);
    for (const cleanup of cleanups) cleanup();
  });

  it("a view that is removed and made again has the same events at once", async () => {
    const { initialize, render } = load();
    initialize();
    const cleanup = render();
    model.relay("s1", 0, welcome({ head: 1 }), events(1, log("still here")));
    cleanup();
    await vi.advanceTimersByTimeAsync(10_000);

    const again = render();

    expect(el.textContent).toContain("still here");
    again();
  });

  it("the kernel is notified when the run had no view for a minute", async () => {
    const cleanup = render();
    model.relay("s1", 0, welcome());
    cleanup();
    await vi.advanceTimersByTimeAsync(59_000);
    expect(model.sent()).not.toContainEqual({ gone: true });

    await vi.advanceTimersByTimeAsync(1_000);

    expect(model.sent()).toContainEqual({ gone: true });
    expect(model.listeners).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("a run on a server is shown where the page has none", async () => {
    model.traits["link"] = "server";
    const cleanup = render();
    model.relay("s1", 0, welcome({ head: 1 }), events(1, log("a")));
    await vi.advanceTimersByTimeAsync(250);

    expect(model.traits).toMatchObject({ connection: "connected" });
    cleanup();
  });

  it("a page with a server also requests a run of the kernel", () => {
    serve();
    const cleanup = render();

    expect(FakeWebSocket.all).toHaveLength(0);
    expect(model.sent()).toEqual([{ here: true }]);
    cleanup();
  });

  it("a changed sprint id follows the new run", () => {
    const { initialize, render } = load();
    initialize();
    const cleanup = render();
    model.relay("s1", 0, welcome({ head: 1 }), events(1, log("of the old run")));

    model.change("sprint_id", "other");
    model.relay("s2", 0, welcome({ head: 0, epoch: "e2" }));

    expect(el.textContent).toContain("other");
    expect(el.textContent).not.toContain("of the old run");
    cleanup();
  });

  it("the view hides the snapshot when it shows the run, and leaves nothing behind", () => {
    const cleanup = render();
    expect(el.classList.contains("rtw-live")).toBe(false);

    model.relay("s1", 0, welcome());
    expect(el.classList.contains("rtw-live")).toBe(true);
    model.emit("comm_live_update");
    expect(el.classList.contains("rtw-live")).toBe(true);
    cleanup();

    expect(el.className).toBe("");
    expect(el.attributes).toHaveLength(1);
    expect(el.childNodes).toHaveLength(0);
  });
});

describe("the snapshot in an unknown host", () => {
  function snapshot(): HTMLElement {
    const element = document.createElement("div");
    element.className = "realtime-widgets-snapshot";
    element.dataset["sprint"] = "run";
    return element;
  }

  /** A page of cells, each with a place for a view, and for a snapshot below it. */
  function cells(...haveSnapshots: boolean[]): HTMLElement[] {
    return haveSnapshots.map((hasSnapshot) => {
      const [cell, place, below] = ["div", "p", "div"].map((tag) => document.createElement(tag));
      if (hasSnapshot) below?.append(snapshot());
      cell?.append(place as Node, below as Node);
      document.body.append(cell as Node);
      return place as HTMLElement;
    });
  }

  const seen = () =>
    [...document.querySelectorAll<HTMLElement>(".realtime-widgets-snapshot")].map(
      (snapshot) => !snapshot.hidden,
    );

  beforeEach(() => {
    model.traits["link"] = "kernel";
  });

  afterEach(() => document.body.replaceChildren());

  it("is hidden beside the live view, and visible when that is closed", () => {
    const [place] = cells(true, true);
    const cleanup = load().render(place);
    expect(seen()).toEqual([true, true]);

    model.relay("s1", 0, welcome());
    expect(seen()).toEqual([false, true]);
    cleanup();

    expect(seen()).toEqual([true, true]);
  });

  it("is hidden where it is added after the view, or replaces another one", async () => {
    const [place] = cells(false, false);
    const cleanup = load().render(place);
    model.relay("s1", 0, welcome());

    for (const _ of "ab") {
      place?.nextElementSibling?.replaceChildren(snapshot());
      await vi.waitFor(() => expect(seen()).toEqual([false]));
    }
    cleanup();
  });

  it("is hidden where the host has only one of the class names of known hosts", () => {
    const [place] = cells(true);
    place?.parentElement?.classList.add("output");
    const cleanup = load().render(place);

    model.relay("s1", 0, welcome());

    expect(seen()).toEqual([false]);
    cleanup();
  });

  it("is hidden only by the view in the same cell", () => {
    const [first, second] = cells(false, true);
    const cleanups = [load().render(first), load().render(second)];
    cleanups[1]?.();
    second?.setAttribute("data-realtime-widgets", "another widget");

    model.relay("s1", 0, welcome());

    expect(seen()).toEqual([true]);
    cleanups[0]?.();
  });
});

describe("on a page with a server", () => {
  it("the kernel gets no request, and can stop relaying", async () => {
    serve();
    const { initialize, render } = load();
    initialize();
    const cleanup = render();
    await vi.advanceTimersByTimeAsync(0);
    expect(model.sent()).toEqual([]);

    FakeWebSocket.last.welcome();

    expect(model.sent()).toEqual([{ gone: true }]);
    cleanup();
  });

  it.each(["refused", "unreachable"])(
    "where the server is %s at first, the run comes through the kernel",
    async (how) => {
      serve();
      vi.stubGlobal("fetch", async () => {
        if (how === "unreachable") throw new TypeError("Failed to fetch");
        return new Response("{}", { status: 403 });
      });
      const cleanup = render();
      await vi.advanceTimersByTimeAsync(0);
      expect(model.sent()).toEqual([{ here: true }]);

      model.relay("s1", 0, welcome({ head: 1 }), events(1, log("through the kernel")));
      await vi.advanceTimersByTimeAsync(250);

      expect(el.textContent).toContain("through the kernel");
      expect(model.traits).toMatchObject({ connection: "connected" });
      cleanup();
      await vi.advanceTimersByTimeAsync(60_000);
      expect(vi.getTimerCount()).toBe(0);
      expect(model.listeners).toBe(0);
    },
  );

  it("the kernel relays to every view of a widget after one failure of its server", async () => {
    serve();
    const request = vi.fn(async () => new Response("{}", { status: 403 }));
    vi.stubGlobal("fetch", request);
    const { initialize, render } = load();
    initialize();
    const cleanup = render();
    await vi.advanceTimersByTimeAsync(0);
    model.relay("s1", 0, welcome({ head: 1 }), events(1, log("once")));
    cleanup();

    const again = render();
    await vi.advanceTimersByTimeAsync(0);

    expect(request).toHaveBeenCalledTimes(1);
    expect(el.textContent?.split("once")).toHaveLength(2);
    again();
  });

  it("a second view of a run that the page reads directly sends the kernel no request", async () => {
    serve();
    const first = render();
    await vi.advanceTimersByTimeAsync(0);
    FakeWebSocket.last.welcome();
    const beside = model;
    model = new FakeModel();

    const second = load().render(document.createElement("div"));

    expect(model.sent()).toEqual([{ gone: true }]);
    first();
    second();
    model = beside;
  });

  it("a view that joins during an outage shows the events of the others", async () => {
    serve();
    const first = render();
    await vi.advanceTimersByTimeAsync(0);
    FakeWebSocket.last.welcome({ head: 1 });
    FakeWebSocket.last.receive(events(1, log("before the outage")));
    FakeWebSocket.last.lose(1006);
    const place = document.createElement("div");

    const second = load().render(place);
    await vi.advanceTimersByTimeAsync(5_000);

    expect(place.textContent).toContain("before the outage");
    expect(model.sent()).not.toContainEqual({ here: true });
    first();
    second();
  });

  it("a later outage does not switch to the kernel", async () => {
    serve();
    const cleanup = render();
    await vi.advanceTimersByTimeAsync(0);
    FakeWebSocket.last.welcome();

    FakeWebSocket.last.lose(1006);
    await vi.advanceTimersByTimeAsync(5_000);

    expect(model.sent()).toEqual([{ gone: true }]);
    expect(FakeWebSocket.all.length).toBeGreaterThan(1);
    cleanup();
  });

  it("a run on another server is relayed by the kernel", () => {
    model.traits["link"] = "remote";
    serve();
    const cleanup = render();

    expect(FakeWebSocket.all).toHaveLength(0);
    expect(model.sent()).toEqual([{ here: true }]);
    cleanup();
  });

  it("the widget follows the run and reports its state, at most four times a second", async () => {
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

  it("a changed sprint id closes the old run and follows the new one", async () => {
    serve();
    const cleanup = render();
    await vi.advanceTimersByTimeAsync(0);
    const old = FakeWebSocket.last;
    old.welcome();

    model.change("sprint_id", "other");
    await vi.advanceTimersByTimeAsync(1_000);

    expect(old.closedWith).toBe(1000);
    expect(old.listeners).toBe(0);
    expect(FakeWebSocket.last.url).toMatch(/sprints\/other$/);
    expect(el.querySelectorAll(".realtime-widgets")).toHaveLength(1);
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
