import { describe, expect, it, vi } from "vitest";
import { localSearch } from "../../src/feeds/local-search.js";
import {
  type SearchProgress,
  type SearchQuery,
  serverSearch,
  WHOLE_RUN,
} from "../../src/feeds/search.js";
import { Run } from "../../src/model/run.js";
import type { AnyEvent } from "../../src/protocol/messages.js";
import type { ServerAddress } from "../../src/server/address.js";
import { runRequest } from "../../src/server/run-request.js";

const QUERY: SearchQuery = {
  ...WHOLE_RUN,
  text: "a+b",
  isRegex: false,
  isCase: false,
  isWord: false,
  level: "debug",
};

const SERVER = {
  apiUrl: "http://lab/realtime/api/",
  socketUrl: "ws://lab/realtime/ws/",
  token: "",
  isSameHost: true,
} as unknown as ServerAddress;

/** An answer that arrives in these pieces. */
function answer(...pieces: string[]): Response {
  const bytes = pieces.map((piece) => new TextEncoder().encode(piece));
  return new Response(
    new ReadableStream({
      start: (controller) => {
        for (const piece of bytes) controller.enqueue(piece);
        controller.close();
      },
    }),
  );
}

async function searchServer(response: Response, query = QUERY) {
  const fetch = vi.fn(async (_url: string) => response);
  const browser = { fetch: fetch as unknown as typeof globalThis.fetch, document: { cookie: "" } };
  const progress: SearchProgress[] = [];
  const { signal } = new AbortController();
  const search = serverSearch(runRequest(SERVER, "run", browser), () =>
    Promise.reject(new Error("unused")),
  );
  await search.run(query, { before: 9 }, signal, (each) => progress.push(each));
  return { progress, url: new URL(String(fetch.mock.calls[0]?.[0])) };
}

describe("the search of a server", () => {
  it("sends the query", async () => {
    const query = { ...QUERY, isRegex: true, isWord: true, level: "error" as const };

    const { url } = await searchServer(answer(), query);

    expect(url.pathname).toBe("/realtime/api/sprints/run/search");
    expect(Object.fromEntries(url.searchParams)).toEqual({
      text: "a+b",
      level: "error",
      before: "9",
      regex: "true",
      word: "true",
    });
  });

  it("sends what the search is limited to", async () => {
    const query = { ...QUERY, text: "", source: "gpu 1", since: 1_500, until: 9_000 };
    const attempt = { attempt: 2, first: 30, last: Infinity };

    const { url } = await searchServer(answer(), { ...query, attempt });

    expect(Object.fromEntries(url.searchParams)).toEqual({
      level: "debug",
      before: "9",
      source: "gpu 1",
      since: "1.5",
      until: "9",
      attempt: "2",
    });
  });

  it("reports each line of the answer, however it is cut on its way", async () => {
    const first = '{"searched":5,"head":9,"count":1,"matches":[[7,0,1,4]]}\n';
    const last = '{"searched":1,"head":9,"count":2,"matches":[[2,1,0,3]],"end":"done"}\n';

    const { progress } = await searchServer(answer(first.slice(0, 20), first.slice(20) + last));

    expect(progress).toEqual([
      {
        searched: 5,
        head: 9,
        count: 1,
        end: null,
        matches: [{ seq: 7, part: 0, start: 1, end: 4 }],
      },
      {
        searched: 1,
        head: 9,
        count: 2,
        end: "done",
        matches: [{ seq: 2, part: 1, start: 0, end: 3 }],
      },
    ]);
  });

  it("refuses an answer of another form", async () => {
    await expect(searchServer(answer('{"events":[]}\n'))).rejects.toThrow("cannot be read");
  });
});

describe("the search of the lines that a run has", () => {
  async function searchLines(query: Partial<SearchQuery>, ...events: AnyEvent[]) {
    const run = new Run();
    run.apply({ kind: "events", first: 1, timestamp: "2026-11-22T22:00:00Z", events });
    const found: string[] = [];
    const { signal } = new AbortController();
    await localSearch(run).run({ ...QUERY, ...query }, { after: 0 }, signal, ({ matches }) => {
      for (const { seq, part, start, end } of matches) found.push(`${seq}.${part} ${start}-${end}`);
    });
    return found;
  }

  const log = (message: string, level = "info"): AnyEvent => ({ type: "log", message, level });

  it.each<[string, Partial<SearchQuery>, string[]]>([
    ["text as it is", {}, ["1.0 0-3", "1.1 2-5", "3.0 1-4"]],
    ["case", { isCase: true }, ["1.0 0-3", "3.0 1-4"]],
    ["whole words", { isWord: true }, ["1.0 0-3", "1.1 2-5"]],
    ["a level", { level: "error" }, ["3.0 1-4"]],
    ["no regular expression", { isRegex: true }, []],
  ])("finds %s", async (_, query, expected) => {
    const events = [log("a+b\n: A+B."), log("aab"), log("xa+b", "error")];

    expect(await searchLines(query, ...events)).toEqual(expected);
  });

  it("finds what lines are limited to, and each event once where there is no text", async () => {
    const from = (source: string, time: number): AnyEvent => ({
      type: "log",
      message: "a+b\nagain",
      source,
      time,
    });
    const events = [from("gpu", 1), from("gpu", 2), from("cpu", 2), from("gpu", 3)];

    expect(await searchLines({ source: "gpu", since: 2_000, until: 3_000 }, ...events)).toEqual([
      "2.0 0-3",
    ]);
    expect(await searchLines({ text: "", source: "cpu" }, ...events)).toEqual(["3.0 0-0"]);
    const attempt = { attempt: 1, first: 1, last: 1 };
    expect(await searchLines({ attempt }, ...events)).toEqual(["1.0 0-3"]);
  });

  it("finds text below its colours, and none in remarks of the view", async () => {
    const lost: AnyEvent = { type: "dropped", count: 1, reason: "buffer_full", message: "a+b" };

    expect(await searchLines({}, log("\u001b[31ma\u001b[0m+b"), lost)).toEqual(["1.0 0-3"]);
  });
});
