import { expect, it } from "vitest";
import { argsLine, pretty, resultText } from "../../../src/view/timeline/json-words.js";

it.each([
  ['{"id": 8812, "fields": ["name", "email"]}', 'id=8812, fields=["name","email"]'],
  ['{"query": "select *\\n  from customers"}', "query=select * from customers"],
  ["{}", ""],
  ["[1, 2]", "[1, 2]"],
  ["plain", "plain"],
  ["{broken", "{broken"],
])("arguments %s are in one line: %s", (args, line) => {
  expect(argsLine(args, false)).toBe(line);
});

it("of arguments that are still written only the first 200 characters are shown, unread", () => {
  expect(argsLine('{"a": 1}', true)).toBe('{"a": 1}');
  expect(argsLine("x".repeat(100_000), true)).toHaveLength(200);
});

it("one line is bounded, for any arguments", () => {
  const args = JSON.stringify({
    a: "x".repeat(10_000),
    b: Array.from({ length: 10_000 }, () => 1),
  });

  expect(argsLine(args, false).length).toBeLessThanOrEqual(400);
});

it("JSON gets line breaks, and other text stays as it is", () => {
  expect(pretty('{"a":[1]}')).toBe('{\n  "a": [\n    1\n  ]\n}');
  expect(pretty("42")).toBe("42");
  expect(pretty("rows: 3")).toBe("rows: 3");
});

it("parts of a result are one text each", () => {
  const parts = [
    { type: "text", text: "found" },
    { type: "image", url: "x" },
  ];

  expect(resultText(parts)).toBe('found\n{"type":"image","url":"x"}');
});
