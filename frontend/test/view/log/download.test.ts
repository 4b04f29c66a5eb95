import { describe, expect, it } from "vitest";
import { LogBook } from "../../../src/model/log.js";
import { fileOf } from "../../../src/view/log/download.js";

function book(): LogBook {
  const made = new LogBook();
  const time = Date.parse("2026-11-22T22:00:00.5Z");
  made.reach(7);
  const origin = { kind: "log", level: "error", source: "loader", isStderr: false, time } as const;
  made.add("\u001b[31mbad\u001b[0m\nworse", origin);
  made.addRemark("notice", "5 events lost", null, "warning");
  made.reach(8);
  made.add("a", { ...origin, level: "info", source: null });
  return made;
}

describe("the file of the lines that are loaded", () => {
  it("has them as text without colours, with time, level and source", () => {
    expect(fileOf(book().lines, "text")).toBe(
      [
        "2026-11-22T22:00:00.500Z ERROR loader bad",
        "worse",
        "NOTE 5 events lost",
        "2026-11-22T22:00:00.500Z INFO a",
        "",
      ].join("\n"),
    );
  });

  it("has them as one JSON object for each event, without the remarks of the view", () => {
    const events = fileOf(book().lines, "ndjson")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));

    const time = Date.parse("2026-11-22T22:00:00.5Z") / 1_000;
    expect(events).toEqual([
      { type: "log", message: "bad\nworse", level: "error", source: "loader", seq: 7, time },
      { type: "log", message: "a", level: "info", source: null, seq: 8, time },
    ]);
  });
});
