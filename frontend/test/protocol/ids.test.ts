import { describe, expect, it } from "vitest";
import { isSprintId } from "../../src/protocol/ids.js";

describe("a sprint id", () => {
  it.each(["r", "r".repeat(64), "a.b_c-d", "RUN"])("is one: %j", (id) => {
    expect(isSprintId(id)).toBe(true);
  });

  it.each(["", "r".repeat(65), "run\n", "\nrun", "ｒｕｎ", "٣", "a\u202eb", "-r", "a b"])(
    "is none: %j",
    (id) => {
      expect(isSprintId(id)).toBe(false);
    },
  );
});
