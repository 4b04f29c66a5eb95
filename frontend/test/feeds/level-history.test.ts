import { beforeEach, describe, expect, it, vi } from "vitest";
import { LevelHistory } from "../../src/feeds/level-history.js";
import type { LoadedPage } from "../../src/feeds/load-events.js";
import { LogBook } from "../../src/model/log.js";
import { RequestError } from "../../src/server/api.js";
import { LogFilter } from "../../src/view/log/log-filter.js";

const PART = {};

interface Request {
  before: number;
  answer: (first: number, seqs: number[], epoch?: string) => Promise<void>;
  fail: (error: Error) => Promise<void>;
}

let requests: Request[];
let history: LevelHistory;
const onChange = vi.fn();

const load = (before: number): Promise<LoadedPage> =>
  new Promise((resolve, reject) => {
    const settled = () => vi.waitFor(() => expect(onChange).toHaveBeenCalled());
    requests.push({
      before,
      answer: async (first, seqs, epoch = "e") => {
        onChange.mockClear();
        const events = seqs.map((seq) => ({
          seq,
          timestamp: "2026-11-22T22:00:00Z",
          event: { type: "log", message: `line ${seq}\nmore`, level: "error" },
        }));
        resolve({ epoch, kept: 1, first, last: before - 1, events });
        await settled();
      },
      fail: async (error) => {
        onChange.mockClear();
        reject(error);
        await settled();
      },
    });
  });

beforeEach(() => {
  requests = [];
  history = new LevelHistory({ load, to: 100, onChange });
});

const shown = () => history.lines.map(({ text }) => text);

describe("the lines of a level that are not loaded", () => {
  it("are loaded from the newest on, one page after the other, while they are wanted", async () => {
    history.want(PART, 100);
    history.want(PART, 100);
    await requests[0]?.answer(60, [70, 80]);
    expect([shown(), history.from]).toEqual([["line 70", "more", "line 80", "more"], 60]);
    expect(requests).toHaveLength(1);

    history.want(PART, 59);
    await requests[1]?.answer(1, [5]);
    history.want(PART, 1);

    expect(requests.map(({ before }) => before)).toEqual([101, 60]);
    expect(shown().slice(0, 3)).toEqual(["line 5", "more", "line 70"]);
    expect(new Set(history.lines.map(({ n }) => n)).size).toBe(6);
    expect(history.lines.every(({ n }) => n < 0)).toBe(true);
  });

  it("are not loaded after a failure until it is retried", async () => {
    history.want(PART, 100);
    await requests[0]?.fail(new RequestError("The server cannot be reached.", true));
    history.want(PART, 100);
    expect(history.failure).toBe("The server cannot be reached.");
    expect(requests).toHaveLength(1);

    history.retry();
    await requests[1]?.answer(1, []);

    expect([history.failure, history.from]).toEqual([null, 1]);
  });

  it("are not mixed with those of another log", async () => {
    history.want(PART, 100);
    await requests[0]?.answer(60, [70]);
    history.want(PART, 59);

    await requests[1]?.answer(1, [5], "other");

    expect(history.failure).toContain("replaced");
    expect(shown()).toEqual(["line 70", "more"]);
  });

  it("have a bound, and a notice where it ends", async () => {
    history.want(PART, 100);

    const seqs = Array.from({ length: 25_000 }, (_, index) => index + 1);
    await requests[0]?.answer(2, seqs);
    history.want(PART, 1);

    expect(history.lines[0]).toMatchObject({ kind: "notice", part: 0 });
    expect(requests).toHaveLength(1);
  });

  it("are shown by a filter in their place, with a row for what is not searched", async () => {
    const book = new LogBook();
    book.skip(1, 100);
    book.reach(101);
    book.add("newest", { kind: "log", level: "error", source: null, isStderr: false, time: null });
    const filter = new LogFilter();
    const sections = () =>
      filter
        .update(book, "error", history)
        .map(({ stretch, lines }) => [stretch.first, stretch.last, lines?.length ?? null]);
    expect(sections()).toEqual([
      [1, 100, null],
      [101, 101, 1],
    ]);

    history.want(PART, 100);
    await requests[0]?.answer(60, [70]);

    expect(sections()).toEqual([
      [1, 59, null],
      [60, 100, 2],
      [101, 101, 1],
    ]);
    const [, before] = filter.update(book, "error", history);
    const [, after] = filter.update(book, "error", history);
    expect(after?.lines).toBe(before?.lines);
  });
});
