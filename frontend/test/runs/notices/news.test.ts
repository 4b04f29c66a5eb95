import { expect, it } from "vitest";
import { runState } from "../../../dev/run-state.js";
import { News } from "../../../src/runs/notices/news.js";

const NOW = Date.parse("2026-11-22T22:00:00Z");
const at = (minute: number) => new Date(NOW + minute * 60_000).toISOString();

it("a run that ends, fails, is lost or needs input is news once", () => {
  const news = new News();
  const running = ["a", "b", "c", "d", "e"].map((sprint_id) => runState({ sprint_id }));
  news.find(running, NOW);
  const statuses = ["succeeded", "failed", "lost", "needs_input", "cancelled"] as const;
  const later = statuses.map((status, n) => runState({ ...running[n], status }));

  const titles = news.find(later, NOW).map(({ title }) => title);
  expect(titles).toEqual([
    "a: Succeeded",
    "b: Failed",
    "c: Lost contact",
    "d: Needs input",
    "e: Cancelled",
  ]);
  expect(news.find(later, NOW)).toEqual([]);
});

it("what ended before the page was opened is no news, on no page of the list", () => {
  const news = new News();
  const early = runState({ sprint_id: "early", status: "failed", ended: at(-1) });
  expect(news.find([early], NOW)).toEqual([]);
  const loaded = [
    runState({ sprint_id: "older", status: "succeeded", ended: at(-9) }),
    runState({ sprint_id: "waiting", status: "needs_input", started: at(-9), updated: at(1) }),
    runState({ sprint_id: "lost", status: "lost", updated: at(-5) }),
  ];

  expect(news.find([early, ...loaded], NOW)).toEqual([]);
});

it("a run that began and ended between two lists is news", () => {
  const news = new News();
  news.find([], NOW);
  const short = runState({ status: "failed", started: at(1), ended: at(2), message: "no disk" });

  expect(news.find([short], NOW)).toMatchObject([{ title: "run: Failed", message: "no disk" }]);
});

it("the same end of another attempt is news, as is a run that continues and needs input again", () => {
  const news = new News();
  news.find([runState({ status: "failed", ended: at(-1) })], NOW);
  const again = runState({ status: "failed", attempt: 2, ended: at(1) });
  expect(news.find([again], NOW)).toHaveLength(1);
  news.find([runState({ attempt: 3, status: "running" })], NOW);

  expect(news.find([runState({ attempt: 3, status: "needs_input" })], NOW)).toHaveLength(1);
});

it("a message is short, and shows its hidden characters as marks", () => {
  const news = new News();
  news.find([runState()], NOW);
  const message = `pay \u202Egpj.exe <img src=x> ${"x".repeat(5000)}`;
  const [notice] = news.find([runState({ status: "needs_input", message })], NOW);

  expect(notice?.message).not.toContain("\u202E");
  expect(notice?.message).toContain("<img src=x>");
  expect(notice?.message.length).toBeLessThan(250);
});
