// @vitest-environment happy-dom
// The tab of files: thumbnails, one file in full, downloads.
import { render } from "preact";
import { act } from "preact/test-utils";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { History } from "../../../src/feeds/feed.js";
import { Run } from "../../../src/model/run.js";
import { Files } from "../../../src/view/files/files.js";

let host: HTMLElement;
let run: Run;

beforeEach(() => {
  host = document.createElement("div");
  document.body.append(host);
  run = new Run();
});
afterEach(() => {
  render(null, host);
  host.remove();
});

function draw(history: History | null = null): void {
  act(() => render(<Files outputs={run.outputs} sprintId="run" history={history} />, host));
}

function output(name: string | null, data: object, caption: string | null = null): void {
  const event = { type: "output", name, caption, data };
  run.apply({ kind: "events", first: run.seq + 1, timestamp: "", events: [event] });
}

const tiles = () => [...host.querySelectorAll<HTMLElement>("li > button")];
const click = (element: HTMLElement | null | undefined) => act(() => element?.click());

it("an output replaces the one of its name, also where that is open", () => {
  output("confusion", { "image/png": "AAAA" });
  output(null, { "text/html": "<b>a</b>", "text/plain": "a table" }, "table");
  draw();
  expect(tiles().map((tile) => tile.textContent)).toEqual(["confusion", "a tabletable"]);

  click(tiles()[0]);
  const source = () => host.querySelector("section > img")?.getAttribute("src");
  expect(source()).toBe("data:image/png;base64,AAAA");

  output("confusion", { "image/png": "BBBB" });
  draw();
  expect(source()).toBe("data:image/png;base64,BBBB");
  expect(tiles()).toHaveLength(2);
});

it("the keyboard is on the way back in an open file, and on its thumbnail afterwards", () => {
  output("a", { "application/json": { lr: 1 } });
  draw();

  click(tiles()[0]);
  expect(document.activeElement?.textContent).toBe("All files");
  expect(host.textContent).toContain("lr");

  click(document.activeElement as HTMLElement);
  expect(document.activeElement).toBe(tiles()[0]);
});

it("a file is downloaded under the name of the run and its own", () => {
  output("../val loss", { "image/svg+xml": "<svg/>" });
  draw();
  click(tiles()[0]);

  const link = host.querySelector("a");
  expect(link?.getAttribute("download")).toBe("run-..-val-loss.svg");
  expect(link?.getAttribute("href")).toBe("data:image/svg+xml;charset=utf-8,%3Csvg%2F%3E");
});

it("data that is not loaded is requested, and a failure is shown", () => {
  output("a", { "text/plain": "x" });
  for (const each of run.outputs.all.values()) each.data = null;
  const wanted: (number | null)[] = [];
  draw({ failure: "refused", want: (_, seq) => wanted.push(seq), retry: () => undefined });

  expect(wanted).toEqual([1]);
  click(tiles()[0]);
  expect(host.textContent).toContain("refused");
});
