// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { agentWork, runState, taskState, tokenUsage } from "../../dev/run-state.js";
import type { Reply } from "../../src/feeds/reply.js";
import type { RunState } from "../../src/protocol/messages.gen.js";
import type { RunsHost } from "../../src/runs/host.js";
import { mountRuns } from "../../src/runs/mount.js";
import type { Runs, RunsState } from "../../src/runs/source.js";
import { RequestError } from "../../src/server/api.js";

const NOW = Date.parse("2026-11-22T22:00:00Z");
const ago = (seconds: number) => new Date(NOW - seconds * 1000).toISOString();
const EVIL = '<img src=x onerror="alert(1)">';

/** A source controlled by the test. */
class FakeRuns implements Runs {
  url = "http://lab/";
  asOf: number | null = null;
  runs: RunState[] = [];
  withoutNotebook: ReadonlySet<string> = new Set();
  kernels = null;
  keptInMemoryBecause: string | null = null;
  state: RunsState = { phase: "live" };
  refresh = vi.fn();
  delete = vi.fn<(id: string) => Promise<void>>(async (id) => {
    this.runs = this.runs.filter((run) => run.sprint_id !== id);
    this.#onChange();
  });
  reply = vi.fn<(id: string, reply: Reply) => Promise<void>>(async () => undefined);
  retry = vi.fn();
  left = vi.fn();
  #onChange: () => void = () => undefined;

  get now(): number {
    return this.asOf ?? Date.now();
  }

  get ids(): string[] {
    return this.runs.map((run) => run.sprint_id);
  }

  listen(onChange: () => void): () => void {
    this.#onChange = onChange;
    return this.left;
  }

  async change(state: RunsState, ...runs: RunState[]): Promise<void> {
    this.state = state;
    this.runs = runs;
    this.#onChange();
    await drawn();
  }
}

/** An observer that reports visibility at once. */
class FakeObserver {
  static isSeen = true;
  static left = vi.fn();
  readonly #notify: (entries: { isIntersecting: boolean }[]) => void;

  constructor(notify: (entries: { isIntersecting: boolean }[]) => void) {
    this.#notify = notify;
  }

  observe(): void {
    this.#notify([{ isIntersecting: FakeObserver.isSeen }]);
  }

  disconnect(): void {
    FakeObserver.left();
  }
}

async function drawn(): Promise<void> {
  await vi.advanceTimersByTimeAsync(50);
}

let place: HTMLElement;
let source: FakeRuns;
let host: RunsHost & { open: ReturnType<typeof vi.fn<(id: string) => void>> };
let unmount: () => void;

async function show(...runs: RunState[]): Promise<void> {
  source.runs = runs;
  unmount = mountRuns(place, source, host);
  await drawn();
}

const all = (selector: string) => [...place.querySelectorAll<HTMLElement>(selector)];
const texts = (selector: string) => all(selector).map((element) => element.textContent);
const names = () => texts(".rtw-run-open");
const search = () => place.querySelector<HTMLInputElement>("input") as HTMLInputElement;
const button = (text: string) => all("button").find((one) => one.textContent?.includes(text));
const click = async (element: HTMLElement | undefined) => {
  element?.click();
  await drawn();
};
const press = async (key: string) => {
  const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true });
  document.activeElement?.dispatchEvent(event);
  await drawn();
};
const type = async (text: string) => {
  search().value = text;
  search().dispatchEvent(new Event("input", { bubbles: true }));
  await drawn();
};

beforeEach(() => {
  vi.useFakeTimers({ now: NOW });
  vi.stubGlobal("IntersectionObserver", FakeObserver);
  localStorage.clear();
  FakeObserver.isSeen = true;
  place = document.createElement("div");
  document.body.append(place);
  source = new FakeRuns();
  host = { open: vi.fn() };
});

afterEach(async () => {
  unmount();
  await vi.advanceTimersByTimeAsync(200);
  place.remove();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe("a row", () => {
  it("has the status, the progress and the origin of the run", async () => {
    await show(
      runState({
        sprint_id: "nightly",
        started: ago(125),
        attempt: 3,
        notebook: "research/train.ipynb",
        user: "alice",
        tasks: [taskState()],
      }),
    );

    expect(texts(".rtw-run-status")).toEqual(["Running"]);
    expect(texts(".rtw-run-name")).toEqual(["nightlyattempt 3"]);
    expect(texts(".rtw-run-duration")).toEqual(["2 min 05 s"]);
    expect(texts(".rtw-run-origin")).toEqual(["train.ipynbalice"]);
    expect(texts(".rtw-run-share")).toEqual(["25%"]);
    const [bar] = all('[role="progressbar"]');
    expect(bar?.getAttribute("aria-valuenow")).toBe("25");
  });

  it("counts the time between responses", async () => {
    await show(runState({ started: ago(125) }));
    await vi.advanceTimersByTimeAsync(10_000);

    expect(texts(".rtw-run-duration")).toEqual(["2 min 15 s"]);
  });

  it("has the time since a run ended or was last seen", async () => {
    const lastSeen = NOW / 1000 - 7_200;
    await show(
      runState({ status: "succeeded", created: ago(300), ended: ago(180) }),
      runState({ status: "lost", sprint_id: "b", created: ago(900), last_seen: lastSeen }),
    );

    expect(texts(".rtw-run-when")).toEqual(["3 min ago", "2 h ago"]);
  });

  it("has its duration, its counts, and what its agents have used and are doing", async () => {
    const usage = [tokenUsage({ input_tokens: 12_100, output_tokens: 2_100 })];
    const costs = [{ currency: "USD", amount: 0.031, sources: ["provider"] }];
    const sums = { usage, costs, is_lower_bound: true };
    const agents = agentWork({ tools: 5, failed_tools: 1, sums, path: ["answer", "look up"] });
    await show(
      runState({ created: ago(9), agents, warnings: 1 }),
      runState({
        sprint_id: "b",
        status: "failed",
        started: ago(20),
        ended: ago(16),
        logs: 1_204,
        errors: 6,
      }),
    );

    expect(texts(".rtw-run-duration")).toEqual(["", "4.0 s"]);
    expect(texts(".rtw-run-counts")).toEqual(["5 tools1 failed1", "1,204 lines6"]);
    expect(all(".rtw-run-count").map((count) => count.title)).toEqual(["1 warning", "6 errors"]);
    expect(texts(".rtw-run-spent")).toEqual(["14.2k tokens · ≥ $0.031", ""]);
    expect(all(".rtw-run-spent")[0]?.title).toContain("gpt (openai): 12,100 in");
    expect(texts(".rtw-run-path")).toEqual(["answer › look up"]);
  });

  it("has the reason of a lost run", async () => {
    const lastSeen = NOW / 1000 - 130;
    await show(
      runState({ status: "lost", sprint_id: "a", last_seen: lastSeen, cause: "kernel_died" }),
      runState({ status: "lost", sprint_id: "b", last_seen: lastSeen, message: "machine words" }),
      runState({ status: "lost", sprint_id: "c" }),
    );

    const clock = new Date(NOW - 130_000).toTimeString().slice(0, 8);
    expect(texts(".rtw-run-status")).toEqual(["Lost", "Lost contact", "Lost contact"]);
    expect(texts(".rtw-run-message")).toEqual([`kernel died at ${clock}`, `last seen ${clock}`]);
    expect(all(".rtw-spins")).toEqual([]);
  });

  it("has the time since the publisher was disconnected, and nothing else moves", async () => {
    await show(
      runState({
        started: ago(60),
        disconnected_at: NOW / 1000 - 3,
        tasks: [taskState({ total: null })],
      }),
    );
    expect(texts(".rtw-run-gone")).toEqual(["publisher disconnected 3 s ago"]);

    await vi.advanceTimersByTimeAsync(10_000);
    expect(texts(".rtw-run-gone")).toEqual(["publisher disconnected 13 s ago"]);
    expect(texts(".rtw-run-duration")).toEqual(["57 s"]);
    expect(all(".rtw-spins, .rtw-bar-unknown")).toEqual([]);

    await source.change({ phase: "live" }, runState({ started: ago(60) }));
    expect(texts(".rtw-run-gone")).toEqual([]);
    expect(all(".rtw-spins")).toHaveLength(1);
  });

  it("of an ended run does not mention its publisher", async () => {
    await show(runState({ status: "succeeded", ended: ago(5), disconnected_at: NOW / 1000 - 3 }));

    expect(texts(".rtw-run-gone")).toEqual([]);
  });

  it.each([
    { phase: "unreachable", why: "The server cannot be reached.", retryAt: null },
    { phase: "refused", why: "You are not logged in." },
    { phase: "loading" },
  ] satisfies RunsState[])(
    "stands still as of when the server answered last: $phase",
    async (state) => {
      const run = runState({ started: ago(60), tasks: [taskState({ total: null })] });
      await show(run);
      source.asOf = Date.now();
      const clock = new Date(source.asOf).toTimeString().slice(0, 8);
      await source.change(state, run);
      await vi.advanceTimersByTimeAsync(60_000);

      expect(texts(".rtw-run-duration")).toEqual(["1 min 00 s"]);
      expect(all(".rtw-spins, .rtw-bar-unknown")).toEqual([]);
      expect(all(".rtw-runs-frozen")).toHaveLength(1);
      if (state.phase !== "loading") expect(texts(".rtw-banner")[0]).toContain(`as of ${clock}`);

      source.asOf = null;
      await source.change({ phase: "live" }, run);
      expect(texts(".rtw-run-duration")).toEqual(["2 min 00 s"]);
      expect(all(".rtw-spins")).toHaveLength(1);
      expect(all(".rtw-runs-frozen")).toHaveLength(0);
    },
  );

  it("has the first line of the message of a run that failed or needs input, and of no other", async () => {
    await show(
      runState({ sprint_id: "a", status: "failed", message: "ValueError\nTraceback" }),
      runState({ sprint_id: "b", status: "running", message: "going well" }),
      runState({ sprint_id: "c", status: "needs_input", message: "Deploy?" }),
    );

    expect(texts(".rtw-run-message").toSorted()).toEqual(["Deploy?", "ValueError"]);
  });

  it("shows published text as text", async () => {
    await show(
      runState({ status: "failed", message: EVIL, notebook: `${EVIL}.ipynb`, user: EVIL }),
    );

    expect(place.querySelector("img")).toBeNull();
    expect(place.textContent).toContain(EVIL);
  });

  it("opens its run, with a real link where the host has pages", async () => {
    host.href = (id) => `http://lab/realtime/sprints/${id}`;
    await show(runState({ sprint_id: "nightly" }));
    const [link] = all("a.rtw-run-open");
    const event = new MouseEvent("click", { bubbles: true, cancelable: true });
    link?.dispatchEvent(event);

    expect(link?.getAttribute("href")).toBe("http://lab/realtime/sprints/nightly");
    expect(event.defaultPrevented).toBe(true);
    expect(host.open).toHaveBeenCalledExactlyOnceWith("nightly");
  });

  it("leaves a click for a new tab to the browser", async () => {
    host.href = () => "#nightly";
    await show(runState());
    const event = new MouseEvent("click", { bubbles: true, cancelable: true, ctrlKey: true });
    all("a.rtw-run-open")[0]?.dispatchEvent(event);

    expect(event.defaultPrevented).toBe(false);
    expect(host.open).not.toHaveBeenCalled();
  });

  it("links to its notebook where the host can open it, and never elsewhere", async () => {
    host.openNotebook = vi.fn();
    await show(
      runState({ sprint_id: "a", notebook: "x/train.ipynb" }),
      runState({ sprint_id: "b", notebook: "../../hub/logout" }),
    );
    expect(all("button.rtw-run-notebook")).toHaveLength(1);
    await click(all("button.rtw-run-notebook")[0]);

    expect(host.openNotebook).toHaveBeenCalledExactlyOnceWith("x/train.ipynb");
    expect(host.open).not.toHaveBeenCalled();
  });

  it("marks a notebook that does not exist any more, without a link", async () => {
    host.openNotebook = vi.fn();
    source.withoutNotebook = new Set(["a"]);
    await show(runState({ sprint_id: "a", notebook: "x/train.ipynb" }));

    expect(texts(".rtw-run-notebook")).toEqual(["train.ipynbnot there any more"]);
    expect(all(":is(a, button).rtw-run-notebook")).toEqual([]);
  });
});

describe("the menu of a row", () => {
  const labels = () => texts(".rtw-menu-label");
  const press = (key: string) => {
    const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true });
    document.activeElement?.dispatchEvent(event);
  };

  beforeEach(() => {
    host.href = (id) => `http://lab/realtime/sprints/${id}`;
    host.openNotebook = vi.fn();
  });

  it("opens the run and its notebook, links to it, and deletes it", async () => {
    await show(runState({ sprint_id: "a", notebook: "x/train.ipynb" }));
    const open = vi.spyOn(window, "open").mockReturnValue(null);
    for (const label of ["Open", "Open in a new tab", "Go to train.ipynb"]) {
      await click(all(".rtw-menu-button")[0]);
      expect(labels()).toEqual([
        "Open",
        "Open in a new tab",
        "Copy the link",
        "Go to train.ipynb",
        "Stop…",
        "Delete…",
      ]);
      await click(all(".rtw-menu-item").find((item) => item.textContent === label));
      expect(labels()).toEqual([]);
    }

    expect(host.open).toHaveBeenCalledExactlyOnceWith("a");
    expect(open).toHaveBeenCalledExactlyOnceWith(host.href?.("a"), "_blank", "noopener");
    expect(host.openNotebook).toHaveBeenCalledExactlyOnceWith("x/train.ipynb");
    open.mockRestore();
  });

  it("has no notebook that does not exist or that is unsafe, and no link without pages", async () => {
    delete host.href;
    source.withoutNotebook = new Set(["a"]);
    await show(
      runState({ sprint_id: "a", notebook: "x/train.ipynb" }),
      runState({ sprint_id: "b", notebook: "../../hub/logout" }),
    );
    for (const button of all(".rtw-menu-button")) {
      await click(button);
      expect(labels()).toEqual(["Open", "Stop…", "Delete…"]);
      await click(button);
    }
  });

  it("is used by keyboard, without moving in the list", async () => {
    await show(runState({ sprint_id: "a" }), runState({ sprint_id: "b" }));
    await click(all(".rtw-menu-button")[0]);
    press("ArrowDown");
    expect(document.activeElement?.textContent).toBe("Open in a new tab");
    press("Escape");
    await drawn();

    expect(labels()).toEqual([]);
    expect(document.activeElement).toBe(all(".rtw-menu-button")[0]);
  });
});

describe("the order", () => {
  const choose = async (order: string) => {
    const select = place.querySelector<HTMLSelectElement>("select") as HTMLSelectElement;
    select.value = order;
    select.dispatchEvent(new Event("change", { bubbles: true }));
    await drawn();
  };
  const RUNS = [
    runState({ sprint_id: "b", status: "succeeded", started: ago(50), ended: ago(40) }),
    runState({ sprint_id: "a", status: "needs_input", started: ago(5) }),
    runState({ sprint_id: "c", started: ago(60) }),
  ];

  it("is by what a run waits for and by day, under headings", async () => {
    await show(...RUNS);

    expect(texts(".rtw-runs-heading").slice(0, 2)).toEqual(["Waits for you", "Running"]);
    expect(names()).toEqual(["a", "c", "b"]);
    expect(all("ul")[0]?.getAttribute("aria-labelledby")).toBe(all("h2")[0]?.id);
  });

  it("is chosen, and remembered by the browser", async () => {
    await show(...RUNS);
    await choose("duration");
    expect(names()).toEqual(["c", "b", "a"]);
    expect(all(".rtw-runs-heading")).toEqual([]);
    unmount();
    await show(...RUNS);

    expect(names()).toEqual(["c", "b", "a"]);
  });

  it("of one filter has only its runs", async () => {
    await show(...RUNS);
    await click(button("Waits for you"));

    expect(names()).toEqual(["a"]);
  });
});

describe("searching", () => {
  beforeEach(() =>
    show(
      runState({ sprint_id: "train-1", status: "succeeded", created: ago(30) }),
      runState({ sprint_id: "train-2", status: "failed", created: ago(20) }),
      runState({ sprint_id: "deploy", status: "running", created: ago(10) }),
    ),
  );

  it("keeps the runs that contain the words, and announces their number", async () => {
    await type("train");

    expect(names()).toEqual(["train-2", "train-1"]);
    expect(texts('p[role="status"]')).toEqual(["2 runs found"]);
    expect(texts(".rtw-runs-count")).toEqual(["2", "0", "0", "1"]);
  });

  it("has a button for all runs where nothing is found", async () => {
    await type("nothing");
    expect(place.textContent).toContain("No run has “nothing” in it");
    await click(button("Show all runs"));

    expect(names()).toHaveLength(3);
    expect(search().value).toBe("");
  });

  it("is combined with the filter of statuses", async () => {
    await click(button("Failed"));
    expect(names()).toEqual(["train-2"]);
    expect(button("Failed")?.getAttribute("aria-pressed")).toBe("true");
    await type("deploy");

    expect(names()).toEqual([]);
  });

  it("is reached by a slash, and followed by arrows and Enter", async () => {
    all(".rtw-run-open")[1]?.focus();
    await press("/");
    expect(document.activeElement).toBe(search());
    await press("ArrowDown");
    expect(document.activeElement?.textContent).toBe("deploy");
    await press("ArrowDown");
    expect(document.activeElement?.textContent).toBe("train-2");
    await press("ArrowUp");
    await press("ArrowUp");
    expect(document.activeElement).toBe(search());
    await type("train");
    await press("Enter");

    expect(host.open).toHaveBeenCalledExactlyOnceWith("train-2");
  });

  it("accepts a slash in the field as a letter", async () => {
    search().focus();
    const event = new KeyboardEvent("keydown", { key: "/", bubbles: true, cancelable: true });
    search().dispatchEvent(event);

    expect(event.defaultPrevented).toBe(false);
  });
});

describe("stopping", () => {
  const menu = () => all('[aria-label="More of a"]')[0];
  const stop = { seq: 3, user: "alice", request: null, timestamp: ago(1), is_taken: true };
  const inbox = { stop, readers: [], waiting: [], taken: [] };

  it("is in the menu of a run under way, and has to be confirmed", async () => {
    await show(runState({ sprint_id: "a", attempt: 2 }));
    await click(menu());
    await click(button("Stop…"));
    expect(document.activeElement?.textContent).toBe("Keep");
    await click(button("Stop"));

    const sent = { type: "control", action: "stop", attempt: 2 };
    expect(source.reply.mock.lastCall).toMatchObject(["a", sent]);
  });

  it("is shown until the run has ended", async () => {
    await show(runState({ sprint_id: "a", inbox }));
    expect(texts(".rtw-stopping")).toEqual([" Stopping…"]);
  });

  it("is not offered once the run has ended", async () => {
    await show(runState({ sprint_id: "a", inbox, status: "cancelled", ended: ago(0) }));
    expect(texts(".rtw-stopping")).toEqual([]);
    await click(menu());
    expect(all(".rtw-menu-item").map((item) => item.textContent)).not.toContain("Stop…");
  });
});

describe("deleting", () => {
  const member = { id: "m", message: null, is_lost: false, last_seen: null, cause: null };
  const members = {
    left: [{ ...member, status: "running" as const }],
    outcome: null,
    ended_last: null,
  };
  beforeEach(() =>
    show(
      runState({ sprint_id: "a", status: "succeeded", created: ago(10), head: 1_204 }),
      runState({ sprint_id: "b", status: "failed", created: ago(20) }),
      runState({ sprint_id: "c", status: "running", created: ago(90), members }),
      runState({ sprint_id: "d", status: "needs_input", created: ago(95) }),
    ),
  );

  const menu = (id: string) => all(`[aria-label="More of ${id}"]`)[0];
  const trash = async (id: string) => {
    await click(menu(id));
    await click(button("Delete…"));
  };

  it("has to be confirmed, with the focus on the safe button", async () => {
    await trash("a");

    expect(texts(".rtw-confirm-words")).toEqual([
      "Delete this run with 1,204 events, for all users?",
    ]);
    expect(document.activeElement?.textContent).toBe("Keep");
    expect(source.delete).not.toHaveBeenCalled();
  });

  it.each(["Keep", "Escape"])("is cancelled with %s, which restores the focus", async (how) => {
    await trash("a");
    if (how === "Escape") await press("Escape");
    else await click(button("Keep"));

    expect(all(".rtw-confirm-words")).toEqual([]);
    expect(document.activeElement).toBe(menu("a"));
    expect(source.delete).not.toHaveBeenCalled();
  });

  it("is announced, and moves the focus to the neighbour", async () => {
    await trash("a");
    await click(all(".rtw-button-danger")[0]);

    expect(source.delete).toHaveBeenCalledExactlyOnceWith("a");
    expect(names()).toEqual(["d", "c", "b"]);
    expect(document.activeElement?.textContent).toBe("b");
    expect(texts('p[role="status"]')).toEqual(["a is deleted"]);
  });

  it("of an active run is refused with a reason", async () => {
    await trash("c");

    expect(all(".rtw-button-danger")).toEqual([]);
    expect(texts('[role="alert"]')).toEqual([expect.stringContaining("still running")]);
    await click(button("Close"));
    expect(all(".rtw-confirm-words")).toEqual([]);
  });

  it("of a run that needs input because of its agents alone is not refused", async () => {
    await trash("d");

    expect(texts(".rtw-button-danger")).toEqual(["Delete"]);
  });

  it("that is refused has a reason, and the run stays", async () => {
    source.delete.mockRejectedValue(new RequestError("You are not allowed.", false));
    await trash("b");
    await click(all(".rtw-button-danger")[0]);

    expect(texts('[role="alert"]')).toEqual(["You are not allowed."]);
    expect(names()).toContain("b");
  });
});

describe("the placeholder", () => {
  it("explains how to publish a first run", async () => {
    await show();

    expect(place.textContent).toContain('Sprint("my-run").log("hello")');
  });

  it("is a note while the list is loading", async () => {
    source.state = { phase: "loading" };
    await show();

    expect(place.textContent).toContain("Loading the runs…");
  });

  it("explains what to do where the server has no extension, with a button to poll again", async () => {
    source.state = { phase: "not_installed" };
    await show();

    expect(place.textContent).toContain("Not installed on this server");
    expect(place.textContent).toContain("jupyter server extension enable realtime_widgets_server");
    expect(place.textContent).not.toContain("No runs yet");
    await click(button("Look again"));
    expect(source.retry).toHaveBeenCalledOnce();
  });

  it("is empty where a warning has the reason", async () => {
    source.state = { phase: "refused", why: "No extension." };
    await show();

    expect(place.textContent).toContain("No extension.");
    expect(place.textContent).not.toContain("No runs yet");
    await click(button("Try again"));
    expect(source.retry).toHaveBeenCalledOnce();
  });
});

it("an unreachable server leaves the rows, with a warning", async () => {
  await show(runState({ sprint_id: "a" }));
  await source.change(
    { phase: "unreachable", why: "The server cannot be reached.", retryAt: 1 },
    ...source.runs,
  );

  expect(names()).toEqual(["a"]);
  expect(place.textContent).toContain("The server cannot be reached.");
});

it("a thousand runs are drawn a hundred at a time", async () => {
  await show(...Array.from({ length: 1_000 }, (_, n) => runState({ sprint_id: `run-${n}` })));
  expect(names()).toHaveLength(100);
  await click(button("Show 100 more of 900"));
  expect(names()).toHaveLength(200);
  await type("run-999");

  expect(names()).toEqual(["run-999"]);
});

it("of ten thousand runs, only those that are drawn are read when a second passes", async () => {
  let reads = 0;
  const count: ProxyHandler<RunState> = {
    get: (run, name, receiver) => {
      reads += 1;
      return Reflect.get(run, name, receiver);
    },
  };
  const runs = Array.from({ length: 10_000 }, (_, n) =>
    runState({ sprint_id: `run-${n}`, status: "succeeded", started: ago(n + 1), ended: ago(n) }),
  );
  const [newest, ...others] = runs;
  const drawnRuns = [
    { ...(newest as RunState), status: "running" as const },
    ...others.slice(0, 99),
  ];
  await show(...drawnRuns, ...others.slice(99).map((run) => new Proxy(run, count)));
  expect(names()).toHaveLength(100);
  reads = 0;
  await vi.advanceTimersByTimeAsync(3_000);

  expect(reads).toBe(0);
});

describe("the host", () => {
  const failed = (seconds: number) =>
    runState({ status: "failed", ended: ago(seconds), updated: ago(seconds) });

  it("gets no count for runs that the user sees", async () => {
    host.onAttention = vi.fn();
    await show(failed(9));
    await source.change({ phase: "live" }, failed(1));

    expect(host.onAttention).toHaveBeenLastCalledWith(0);
  });

  it("gets no count for a run that it shows already", async () => {
    FakeObserver.isSeen = false;
    host.onAttention = vi.fn();
    host.isShown = (id) => id === "a";
    const waiting = { status: "needs_input" } as const;
    await show(runState({ sprint_id: "a", ...waiting }), runState({ sprint_id: "b", ...waiting }));

    expect(host.onAttention).toHaveBeenLastCalledWith(1);
  });

  it("gets the count of changes while the list was not visible", async () => {
    FakeObserver.isSeen = false;
    host.onAttention = vi.fn();
    await show(failed(9));
    expect(host.onAttention).toHaveBeenLastCalledWith(0);
    await source.change(
      { phase: "live" },
      failed(9),
      failed(1),
      runState({ status: "needs_input" }),
    );

    expect(host.onAttention).toHaveBeenLastCalledWith(2);
  });
});

it("unmounting leaves nothing behind", async () => {
  await show(runState());
  FakeObserver.left.mockClear();
  unmount();
  await vi.advanceTimersByTimeAsync(200);

  expect(place.children).toHaveLength(0);
  expect(source.left).toHaveBeenCalledOnce();
  expect(FakeObserver.left).toHaveBeenCalledOnce();
  expect(vi.getTimerCount()).toBe(0);
  unmount = () => undefined;
});

it("a server that keeps its runs in memory has a warning with the reason", async () => {
  source.keptInMemoryBecause = "another server uses the file";
  await show(runState({ sprint_id: "a" }));

  expect(texts(".rtw-banner-temporary")).toEqual([
    "This server keeps its runs in memory, and loses them when it stops: another server uses the file.",
  ]);
  expect(names()).toEqual(["a"]);
});

describe("choosing several runs", () => {
  const member = { id: "m", message: null, is_lost: false, last_seen: null, cause: null };
  const left = [{ ...member, status: "running" as const }];
  beforeEach(async () => {
    await show(
      runState({ sprint_id: "a", status: "succeeded", created: ago(10), head: 1_204 }),
      runState({ sprint_id: "b", status: "failed", created: ago(20), head: 6 }),
      runState({
        sprint_id: "c",
        status: "running",
        created: ago(30),
        members: { left, outcome: null, ended_last: null },
      }),
    );
    await click(button("Choose…"));
  });
  const boxes = () => all(".rtw-run-check") as HTMLInputElement[];
  const chosen = () => boxes().filter((box) => box.checked).length;
  const deleteChosen = async () => {
    await click(button("Delete…"));
    await click(all(".rtw-runs-question .rtw-button-danger")[0]);
  };

  it("has a box for each run, which arrow keys reach, and ends with Escape", async () => {
    expect(document.activeElement?.textContent).toBe("Choose all 3");
    boxes()[0]?.focus();
    await press("ArrowDown");
    expect(document.activeElement).toBe(boxes()[1]);

    button("Done")?.focus();
    await press("Escape");
    expect(boxes()).toEqual([]);
    expect(host.open).not.toHaveBeenCalled();
  });

  it("deletes them after a question, but those that are still running", async () => {
    await click(button("Choose all 3"));
    expect([chosen(), texts(".rtw-runs-chosen")]).toEqual([3, ["3 runs chosen"]]);

    await click(button("Delete…"));
    expect(texts(".rtw-runs-question > span")).toEqual([
      "Delete 2 runs with 1,210 events, for all users? 1 run is still running and stays.",
    ]);
    expect(document.activeElement?.textContent).toBe("Keep");
    await click(all(".rtw-runs-question .rtw-button-danger")[0]);

    expect(source.delete.mock.calls.flat().toSorted()).toEqual(["a", "b"]);
    expect(texts('.rtw-runs-bulk [role="status"]')).toEqual(["2 runs deleted"]);
    expect(texts("label.rtw-run-open")).toEqual(["c"]);
  });

  it("gives the reason where some were not deleted", async () => {
    source.delete.mockRejectedValueOnce(new RequestError("You are not allowed.", false));
    await click(button("Choose all 3"));
    await deleteChosen();

    expect(texts('.rtw-runs-bulk [role="status"]')).toEqual([
      "1 run deleted, 1 not: You are not allowed.",
    ]);
  });

  it("leaves out runs that a search hides", async () => {
    await click(button("Choose all 3"));
    await type("succeeded");

    expect(texts(".rtw-runs-chosen")).toEqual(["1 run chosen"]);
  });
});

describe("the last line of the log", () => {
  const line = { level: "warning" as const, text: `careful ${EVIL}` };

  it("is in the row as text, unless the message of the status is", async () => {
    await show(
      runState({ sprint_id: "a", last_line: line }),
      runState({ sprint_id: "b", status: "failed", message: "why", last_line: line }),
    );

    expect(texts(".rtw-run-line")).toEqual([`careful ${EVIL}`]);
    expect(all("img")).toEqual([]);
    expect(texts(".rtw-run-message")).toEqual(["why"]);
  });
});

describe("a run that asks", () => {
  const question = {
    id: "q",
    seq: 2,
    timestamp: ago(5),
    message: "Deploy?",
    details: null,
    choices: null as string[] | null,
    form: null,
    default: null,
    expires: null,
    attempt: null,
    agent: null,
  };
  const asking = (choices: string[] | null) => ({
    ...runState({ sprint_id: "asks", status: "needs_input", message: "Deploy?" }),
    questions: { open: [{ ...question, choices }], answered: [] },
  });
  const buttons = () => all(".rtw-run-answer button") as HTMLButtonElement[];

  it("is answered in its row, which shows why an answer was refused", async () => {
    await show(asking(["yes", "no"]));
    source.reply.mockRejectedValueOnce(new RequestError("already answered by bob", false));

    await click(buttons()[1]);
    expect(source.reply).toHaveBeenCalledWith("asks", { id: "q", value: "no" });
    expect(texts(".rtw-run-answer-status")).toEqual(["already answered by bob"]);

    await click(buttons()[0]);
    expect(source.reply).toHaveBeenLastCalledWith("asks", { id: "q", value: "yes" });
    expect(buttons().every(({ disabled }) => disabled)).toBe(true);
  });

  it("leads to its view where the answer has to be typed", async () => {
    await show(asking(null));

    await click(buttons()[0]);

    expect(host.open).toHaveBeenCalledWith("asks");
  });
});
