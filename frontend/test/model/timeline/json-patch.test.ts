import { describe, expect, it } from "vitest";
import { applyPatch, PatchError } from "../../../src/model/timeline/json-patch.js";

describe("a patch", () => {
  it.each([
    ["adds to an object", {}, [{ op: "add", path: "/a", value: 1 }], { a: 1 }],
    ["adds into a list", [1, 3], [{ op: "add", path: "/1", value: 2 }], [1, 2, 3]],
    ["adds to the end of a list", [1], [{ op: "add", path: "/-", value: 2 }], [1, 2]],
    ["adds null", {}, [{ op: "add", path: "/a", value: null }], { a: null }],
    ["replaces", { a: [1] }, [{ op: "replace", path: "/a/0", value: 2 }], { a: [2] }],
    ["replaces all", { a: 1 }, [{ op: "replace", path: "", value: [] }], []],
    ["removes", { a: 1, b: [1, 2] }, [{ op: "remove", path: "/b/0" }], { a: 1, b: [2] }],
    ["moves", { a: { b: 1 } }, [{ op: "move", from: "/a/b", path: "/c" }], { a: {}, c: 1 }],
    ["copies", { a: [1] }, [{ op: "copy", from: "/a", path: "/b" }], { a: [1], b: [1] }],
    [
      "tests",
      { a: { b: [1] } },
      [{ op: "test", path: "/a", value: { b: [1] } }],
      { a: { b: [1] } },
    ],
    ["unescapes names", { "a/b~": 1 }, [{ op: "remove", path: "/a~1b~0" }], {}],
    [
      "changes one of two copies",
      { a: [1] },
      [
        { op: "copy", from: "/a", path: "/b" },
        { op: "add", path: "/b/-", value: 2 },
        { op: "copy", from: "/b", path: "/a" },
        { op: "remove", path: "/b/0" },
      ],
      { a: [1, 2], b: [2] },
    ],
  ])("%s", (_, value, patch, expected) => {
    const before = structuredClone({ value, patch });

    expect(applyPatch(value, patch)).toEqual(expected);
    expect({ value, patch }).toEqual(before);
  });

  it.each([
    ["that is no list", {}, {}],
    ["of an unknown operation", {}, [{ op: "merge", path: "/a", value: 1 }]],
    ["without a value", {}, [{ op: "add", path: "/a" }]],
    ["of a missing name", {}, [{ op: "replace", path: "/a", value: 1 }]],
    ["of a missing parent", {}, [{ op: "add", path: "/a/b", value: 1 }]],
    ["beyond the end of a list", [], [{ op: "add", path: "/1", value: 1 }]],
    ["of an index with a leading zero", [1, 2], [{ op: "remove", path: "/01" }]],
    ["whose test fails", { a: 1 }, [{ op: "test", path: "/a", value: "1" }]],
    ["that moves a value into itself", { a: {} }, [{ op: "move", from: "/a", path: "/a/b" }]],
    ["of __proto__", {}, [{ op: "add", path: "/__proto__/x", value: 1 }]],
    ["of constructor", {}, [{ op: "add", path: "/constructor/prototype/x", value: 1 }]],
    ["of an inherited name", {}, [{ op: "add", path: "/toString/x", value: 1 }]],
    ["without a pointer", {}, [{ op: "add", path: "a", value: 1 }]],
    ["with a wrong escape", {}, [{ op: "add", path: "/~2", value: 1 }]],
  ])("%s is refused", (_, value, patch) => {
    expect(() => applyPatch(value, patch)).toThrow(PatchError);
    expect(({} as Record<string, unknown>)["x"]).toBeUndefined();
  });
});
