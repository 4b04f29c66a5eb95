import { describe, expect, it } from "vitest";
import {
  type JsonRow,
  type JsonTree,
  looksLikeJson,
  parseTree,
  showMore,
  toggleNode,
} from "../../src/model/json-tree.js";

function treeOf(text: string): JsonTree {
  const tree = parseTree(text);
  if (!tree) throw new Error(`no JSON in ${text}`);
  return tree;
}

const keys = (tree: JsonTree) =>
  tree.rows().map(({ node, more }) => (more ? `+${more}` : node.key));

const rowAt = (tree: JsonTree, key: string): JsonRow => {
  const row = tree.rows().find(({ node }) => node.key === key);
  if (!row) throw new Error(`no row ${key}`);
  return row;
};

describe("a line of JSON", () => {
  it.each([
    '{"a": 1}',
    "[1, 2]",
    '  {"a": [1]}  ',
    'INFO {"a": 1}',
    '2026-11-29 21:00:00 [INFO] train: {"loss": 0.31}',
    '[{"a": 1}]',
  ])("is %s", (text) => {
    expect(looksLikeJson(text)).toBe(true);
    expect(parseTree(text)).not.toBeNull();
  });

  it.each(["", "text", "[INFO] done", "{name}", "f(x) {", '{"a": 1', "loss {'a': 1}"])(
    "is not %j",
    (text) => {
      expect(looksLikeJson(text)).toBe(false);
    },
  );

  it.each(["[1] see {a}", "{}", "[]", '{"a"} and {"b"}'])(
    "may look like it, as %j does",
    (text) => {
      expect(parseTree(text)).toBeNull();
    },
  );

  it("is not parsed where it is long", () => {
    expect(looksLikeJson(`["${"x".repeat(70_000)}"]`)).toBe(false);
  });
});

describe("a tree of JSON", () => {
  it("has two levels open at first, and each node opens and closes", () => {
    const tree = treeOf('{"a": {"b": {"c": {"d": 1}}}, "e": 2}');
    expect(keys(tree)).toEqual(["a", "b", "e"]);

    toggleNode(rowAt(tree, "b").node);
    expect(keys(tree)).toEqual(["a", "b", "c", "e"]);
    toggleNode(rowAt(tree, "a").node);
    expect(keys(tree)).toEqual(["a", "e"]);
  });

  it("shows a hundred values of a node, and a hundred more with each step", () => {
    const tree = treeOf(JSON.stringify({ rows: Array.from({ length: 412 }, (_, n) => n) }));
    expect(keys(tree).slice(-2)).toEqual(["99", "+312"]);

    showMore(rowAt(tree, "rows").node);

    expect(keys(tree).slice(-2)).toEqual(["199", "+212"]);
  });

  it("never has more than 2,000 rows", () => {
    const wide = Array.from({ length: 90 }, () => Array.from({ length: 90 }, (_, n) => n));

    expect(treeOf(JSON.stringify(wide)).rows()).toHaveLength(2_000);
  });
});
