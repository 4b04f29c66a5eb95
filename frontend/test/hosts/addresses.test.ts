import { expect, it } from "vitest";
import { notebookOf, pageOf, runOf, withoutToken } from "../../src/hosts/addresses.js";

const BASE = new URL("http://lab/user/a%40b/");

it("the list and each run have a URL below the base", () => {
  expect(pageOf(BASE, null)).toBe("http://lab/user/a%40b/realtime/");
  expect(pageOf(BASE, "a.run")).toBe("http://lab/user/a%40b/realtime/sprints/a.run");
});

it.each([
  ["http://lab/user/a%40b/realtime/sprints/a.run", "a.run"],
  ["http://lab/user/a%40b/realtime/sprints/a.run?x=1#y", "a.run"],
  ["http://lab/user/a%40b/realtime/", null],
  ["http://lab/user/a%40b/realtime/sprints/-bad", null],
  ["http://lab/user/a%40b/realtime/sprints/a/b", null],
  ["http://lab/realtime/sprints/a", null],
])("%s is the page of %s", (address, expected) => {
  expect(runOf(BASE, address)).toBe(expected);
});

it.each([
  ["lab/tree/", "x/my nb.ipynb", "http://lab/user/a%40b/lab/tree/x/my%20nb.ipynb"],
  ["notebooks/", "a?b#c.ipynb", "http://lab/user/a%40b/notebooks/a%3Fb%23c.ipynb"],
  ["", "a.ipynb", undefined],
  ["lab/tree/", "../../../hub/logout", undefined],
  ["lab/tree/", "//evil.example/a.ipynb", undefined],
])("with %j, the notebook %j is at %s", (notebooks, path, expected) => {
  expect(notebookOf(BASE, notebooks, path)).toBe(expected);
});

it("only the token is removed from a URL", () => {
  expect(withoutToken("http://lab/realtime/?token=secret&a=1#b")).toBe(
    "http://lab/realtime/?a=1#b",
  );
});
