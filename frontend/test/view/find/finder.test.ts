import { beforeEach, describe, expect, it, vi } from "vitest";
import {
  type Match,
  type Search,
  type SearchProgress,
  type SearchQuery,
  type SearchStart,
  WHOLE_RUN,
} from "../../../src/feeds/search.js";
import { RequestError } from "../../../src/server/api.js";
import { Finder } from "../../../src/view/find/finder.js";

const QUERY: SearchQuery = {
  ...WHOLE_RUN,
  text: "cat",
  isRegex: false,
  isCase: false,
  isWord: false,
  level: "debug",
};

const HEAD = 1_000;
const END = Number.MAX_SAFE_INTEGER;

interface Run {
  start: SearchStart;
  signal: AbortSignal;
  report: (progress: Partial<SearchProgress>) => void;
  /** End the search, with an error or without. */
  end: (error?: Error) => Promise<void>;
}

let runs: Run[];
let finder: Finder;

const search: Search = {
  hasRegex: true,
  loadLevel: null,
  run: (_query, start, signal, onProgress) =>
    new Promise((resolve, reject) => {
      runs.push({
        start,
        signal,
        report: (progress) =>
          onProgress({ matches: [], count: 0, searched: 1, head: HEAD, end: null, ...progress }),
        end: async (error) => {
          if (error) reject(error);
          else resolve();
          await vi.advanceTimersByTimeAsync(0);
        },
      });
    }),
};

const at = (...seqs: number[]): Match[] => seqs.map((seq) => ({ seq, part: 0, start: 0, end: 3 }));

beforeEach(() => {
  vi.useFakeTimers();
  runs = [];
  finder = new Finder(search, () => undefined);
});

async function start(from = END): Promise<Run> {
  finder.start(QUERY, from);
  await vi.advanceTimersByTimeAsync(200);
  const run = runs.at(-1);
  if (!run) throw new Error("no search");
  return run;
}

describe("a search", () => {
  it("begins when typing pauses, and cancels the one before", async () => {
    const first = await start();
    finder.start({ ...QUERY, text: "c" }, END);
    finder.start({ ...QUERY, text: "ca" }, END);
    await vi.advanceTimersByTimeAsync(200);

    expect(first.signal.aborted).toBe(true);
    expect(runs).toHaveLength(2);
    expect(runs[0]?.start).toEqual({ before: END });
  });

  it("is at the newest match at once, while older ones are searched", async () => {
    const run = await start();

    run.report({ matches: at(900, 800), count: 2, searched: 750 });

    expect(finder.current?.seq).toBe(900);
    expect([finder.position, finder.count, finder.share]).toEqual([2, 2, 0.25]);
    run.report({ matches: at(500), count: 3, end: "done" });
    expect([finder.position, finder.count, finder.share]).toEqual([3, 3, 1]);
  });

  it("is at the nearest match before a reader who has scrolled away from the end", async () => {
    const run = await start(600);

    run.report({ matches: at(900, 800), count: 2, searched: 700 });
    expect(finder.current).toBeNull();
    run.report({ matches: at(500, 400), count: 4, end: "done" });

    expect(finder.current?.seq).toBe(500);
    expect(finder.position).toBe(2);
  });

  it("is at the first match behind the reader where there is none before", async () => {
    const run = await start(100);

    run.report({ matches: at(900, 800), count: 2, end: "done" });

    expect(finder.current?.seq).toBe(800);
  });

  it("shows the error of the server for what was typed", async () => {
    const run = await start();

    await run.end(new RequestError("no such thing", false, "bad_field"));

    expect(finder.failure).toBe("No such thing.");
    expect(finder.isSearching).toBe(false);
  });

  it("keeps what was found where it ends early", async () => {
    const run = await start();

    run.report({ matches: at(900), count: 1, searched: 500, end: "time" });

    expect(finder.failure).toContain("took too long");
    expect([finder.position, finder.count]).toEqual([1, 1]);
  });

  it("ends without a trace", async () => {
    const run = await start();
    run.report({ matches: at(900), count: 1 });

    finder.start(null, END);
    run.report({ matches: at(800), count: 2 });

    expect([finder.current, finder.position, finder.count]).toEqual([null, 0, 0]);
  });
});

describe("matches that were counted and not reported", () => {
  it("are searched for when the reader gets there", async () => {
    const run = await start();
    run.report({ matches: at(900, 800), count: 5, end: "limit" });
    await run.end();
    expect(finder.position).toBe(5);
    finder.previous();

    finder.previous();
    expect(runs[1]?.start).toEqual({ before: 800 });
    runs[1]?.report({ matches: at(700, 600), count: 2 });

    expect(finder.current?.seq).toBe(700);
    expect([finder.position, finder.count]).toEqual([3, 5]);
  });
});

describe("events that come later", () => {
  it("are searched a second later, and leave the current match", async () => {
    const run = await start();
    run.report({ matches: at(900), count: 1, end: "done" });
    await run.end();

    finder.extend(HEAD + 1);
    finder.extend(HEAD + 2);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(runs.map((each) => each.start)).toEqual([{ before: END }, { after: HEAD }]);
    runs[1]?.report({ matches: at(1_001), count: 1, head: HEAD + 2, end: "done" });
    await runs[1]?.end();

    expect(finder.current?.seq).toBe(900);
    expect([finder.position, finder.count]).toEqual([1, 2]);
    finder.next();
    expect(finder.current?.seq).toBe(1_001);
  });

  it("are not searched while nothing is", async () => {
    finder.extend(HEAD);
    await vi.advanceTimersByTimeAsync(5_000);

    expect(runs).toEqual([]);
  });
});
