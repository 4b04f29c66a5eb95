// @vitest-environment happy-dom
// The tab of files: thumbnails, one file in full, downloads.
import { render } from "preact";
import { act } from "preact/test-utils";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { LoadBlob } from "../../../src/feeds/blobs.js";
import { Run } from "../../../src/model/run.js";
import type { OutputBlob } from "../../../src/protocol/messages.gen.js";
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

function draw(loadBlob: LoadBlob | null = null): void {
  const given = { outputs: run.outputs, sprintId: "run", waiting: "refused", loadBlob };
  act(() => render(<Files {...given} />, host));
}

function output(
  name: string | null,
  data: object,
  caption: string | null = null,
  blob: object | null = null,
): void {
  const event = { type: "output", name, caption, data, blob };
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
  const source = () => host.querySelector(":scope > img")?.getAttribute("src");
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

it("data that is not loaded has the reason in its place", () => {
  output("a", { "text/plain": "x" });
  for (const each of run.outputs.all.values()) each.data = null;
  draw();

  click(tiles()[0]);
  expect(host.textContent).toContain("refused");
});

const BLOB = { type: "image/png", sha256: "a".repeat(64), bytes: 447_428 };

function report(state: string, message: string | null = null): void {
  const event = { type: "blob_upload", sha256: BLOB.sha256, state, message };
  run.apply({ kind: "events", first: run.seq + 1, timestamp: "", events: [event] });
}

const image = () => host.querySelector(":scope > img")?.getAttribute("src");
const note = () => host.querySelector("[role=status]")?.textContent;

it("a smaller image is shown until the whole one is loaded", async () => {
  output("large", { "image/jpeg": "AAAA" }, null, BLOB);
  let arrive: (url: string) => void = () => undefined;
  const asked: OutputBlob[] = [];
  draw((blob) => {
    asked.push(blob);
    return new Promise((resolve) => {
      arrive = resolve;
    });
  });
  expect(asked).toEqual([]);

  click(tiles()[0]);
  expect(asked).toEqual([BLOB]);
  expect(image()).toBe("data:image/jpeg;base64,AAAA");
  expect(note()).toBe("The whole file (447 kB) is being loaded.");

  await act(async () => arrive("data:image/png;base64,BBBB"));
  expect(image()).toBe("data:image/png;base64,BBBB");
  expect(note()).toBe("");
  expect(host.querySelector("a")?.getAttribute("download")).toBe("run-large.png");
});

it("an upload that fails is shown, and the whole file is loaded when it has succeeded", async () => {
  output("large", { "text/plain": "a table" }, null, { ...BLOB, type: "text/html" });
  report("waiting", "no room");
  let load: LoadBlob = () => Promise.reject(new Error("this run has no such blob"));
  const loadBlob: LoadBlob = (blob, signal) => load(blob, signal);
  draw(loadBlob);
  expect(tiles()[0]?.textContent).toContain("not uploaded");

  click(tiles()[0]);
  await act(async () => undefined);
  expect(host.textContent).toContain("a table");
  expect(note()).toBe("The whole file (447 kB) is not uploaded yet: no room. It is tried again.");

  load = () => Promise.resolve(`data:text/html;base64,${btoa("<b>whole</b><script>x</script>")}`);
  report("done");
  draw(loadBlob);
  await vi.waitFor(() => expect(note()).toBe(""));
  expect(host.textContent).toContain("whole");
  expect(host.querySelector("script")).toBeNull();
});

it("a tree of JSON is shown in short until the whole one is loaded, and is downloaded whole", async () => {
  output("tree", { "application/json": { a: [1, "… [9 more]"] } }, null, {
    ...BLOB,
    type: "application/json",
  });
  let arrive: (url: string) => void = () => undefined;
  draw(
    () =>
      new Promise((resolve) => {
        arrive = resolve;
      }),
  );
  click(tiles()[0]);
  expect(host.querySelector(".rtw-json")?.textContent).toContain("… [9 more]");

  await act(async () => arrive(`data:application/json;base64,${btoa('{"a":[1,"whole"]}')}`));
  expect(host.querySelector(".rtw-json")?.textContent).toContain("whole");
  expect(host.querySelector("a")?.getAttribute("download")).toBe("run-tree.json");
});

it("a tree that is no JSON is shown as text", async () => {
  output("tree", { "text/plain": "x" }, null, { ...BLOB, type: "application/json" });
  draw(() => Promise.resolve(`data:application/json;base64,${btoa('{"a":')}`));
  click(tiles()[0]);

  await vi.waitFor(() => expect(host.querySelector("pre")?.textContent).toBe('{"a":'));
});

it("an upload that is refused is shown with its reason", () => {
  output("large", { "image/jpeg": "AAAA" }, null, BLOB);
  report("refused", "too large");
  draw(() => new Promise(() => undefined));
  click(tiles()[0]);

  expect(note()).toBe("The whole file (447 kB) could not be uploaded: too large.");
});

it("an image without a smaller one is loaded for its thumbnail", async () => {
  output("large", { "text/plain": "<Image>" }, null, BLOB);
  draw(() => Promise.resolve("data:image/png;base64,BBBB"));

  const source = () => host.querySelector("li img")?.getAttribute("src");
  await vi.waitFor(() => expect(source()).toBe("data:image/png;base64,BBBB"));
});
