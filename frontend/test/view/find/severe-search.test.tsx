// @vitest-environment happy-dom
import { render } from "preact";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Search, SearchProgress, SearchStart } from "../../../src/feeds/search.js";
import { LogBook } from "../../../src/model/log.js";
import type { Level } from "../../../src/protocol/messages.js";
import { RequestError } from "../../../src/server/api.js";
import { useSevereSearch } from "../../../src/view/find/severe-search.js";
import { mount } from "../../../src/view/mount.js";
import { FakeSource, nextFrame } from "../../fake-source.js";

const HEAD = 90;

interface Asked {
  level: Level;
  start: SearchStart;
}

let asked: Asked[];
let host: HTMLElement;
let answer: (asked: Asked) => Partial<SearchProgress>;

const search: Search = {
  hasRegex: true,
  loadLevel: () => Promise.reject(new Error("not wanted")),
  run: async ({ text, level }, start, signal, onProgress) => {
    signal.throwIfAborted();
    expect(text).toBe("");
    asked.push({ level, start });
    const end = "done";
    onProgress({
      matches: [],
      count: 0,
      searched: 1,
      head: HEAD,
      end,
      ...answer({ level, start }),
    });
  },
};

const matches = (...seqs: number[]) => seqs.map((seq) => ({ seq, part: 0, start: 0, end: 0 }));

function View({ book }: { book: LogBook }): null {
  useSevereSearch(search, book, true);
  return null;
}

async function draw(book: LogBook): Promise<void> {
  render(<View book={book} />, host);
  await nextFrame();
}

/** A log of which the events up to 90 are not loaded. */
function joined(): LogBook {
  const book = new LogBook();
  book.skip(1, HEAD);
  book.reach(HEAD + 1);
  return book;
}

beforeEach(() => {
  vi.useFakeTimers();
  asked = [];
  host = document.createElement("div");
});

afterEach(() => render(null, host));

it("finds the warnings and errors of what is not loaded, once", async () => {
  const book = joined();
  answer = ({ level }) =>
    level === "error"
      ? { matches: matches(70, 20), count: 2 }
      : { matches: matches(80, 70, 20), count: 3 };

  await draw(book);
  await draw(book);

  expect(book.severe.seqs("error")).toEqual([20, 70]);
  expect(book.severe.seqs("warning")).toEqual([80]);
  expect(asked.map(({ level }) => level)).toEqual(["error", "warning"]);
});

it("searches again where the view has joined behind more events", async () => {
  const book = joined();
  answer = () => ({});
  await draw(book);

  book.skip(HEAD + 2, HEAD + 50);
  await draw(book);

  expect(asked).toHaveLength(4);
});

it("searches nothing where all is loaded", async () => {
  const book = new LogBook();
  book.reach(1);

  await draw(book);

  expect(asked).toEqual([]);
});

it("continues where an answer has as many as are sent", async () => {
  const book = joined();
  answer = ({ level, start }) => {
    if (level === "warning") return {};
    const isFirst = "before" in start && start.before > HEAD;
    if (isFirst) return { matches: matches(70, 60), count: 3, end: "limit" };
    return { matches: matches(50), count: 1 };
  };

  await draw(book);

  expect(book.severe.seqs("error")).toEqual([50, 60, 70]);
  expect(asked[1]?.start).toEqual({ before: 60 });
});

it("is tried again where the server was busy", async () => {
  const book = joined();
  answer = () => {
    throw new RequestError("The server is busy or starting.", true);
  };
  await draw(book);
  answer = () => ({ matches: matches(20), count: 1 });

  await vi.advanceTimersByTimeAsync(10_000);

  expect(book.severe.seqs("error")).toEqual([20]);
});

it("shows those that the view has read where the search fails", async () => {
  const book = joined();
  book.add("x", { kind: "log", level: "error", source: null, isStderr: false, time: null });
  answer = () => {
    throw new Error("busy");
  };

  await draw(book);

  expect(book.severe.seqs("error")).toEqual([HEAD + 1]);
});

it("counts in the tab of the log what it has found, without a further event", async () => {
  const source = new FakeSource();
  answer = () => ({ matches: matches(20), count: 1 });
  document.body.append(host);
  const unmount = mount(host, source, { sprintId: "run" });
  Object.assign(source.feed, { search });
  source.feed.run.log.skip(1, HEAD);
  await source.events({ type: "metrics", steps: [1], values: { loss: [0.5] } });
  await source.events({ type: "log", message: "newest" });

  host.querySelector<HTMLElement>('[role="tab"]:not([aria-selected="true"])')?.click();
  await nextFrame();
  await nextFrame();

  expect(host.querySelector(".rtw-tab-errors")?.textContent).toMatch(/^1\b/);
  unmount();
  host.remove();
});
