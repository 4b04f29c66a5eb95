// Replays tests/vectors/words.json, as the Python side does.
import { expect, it } from "vitest";
import { status_names } from "../../../tests/vectors/words.json" with { type: "json" };
import type { RunState } from "../../src/protocol/messages.gen.js";
import { statusName } from "../../src/ui/words.js";

it.each(status_names)("the status $status with the cause $cause is $name", (vector) => {
  expect(statusName(vector as Pick<RunState, "status" | "cause">)).toBe(vector.name);
});
