import { expect, it } from "vitest";
import { SharedState } from "../../../src/model/timeline/shared-state.js";
import { isChanged, partBefore } from "../../../src/view/state/changes.js";

const changedParts = ({ before, value }: SharedState) =>
  Object.entries(value as object)
    .filter(([name, part]) => isChanged(partBefore(before, name), part))
    .map(([name]) => name);

it("the newest change of a state is marked, and the first value changes nothing", () => {
  const state = new SharedState();
  state.replace({ rows: 0, seen: ["a"], plan: { deep: 1 } });
  expect(changedParts(state)).toEqual([]);

  state.patch([{ op: "add", path: "/seen/-", value: "b" }]);
  expect(changedParts(state)).toEqual(["seen"]);

  state.replace({ rows: 1, seen: ["a", "b"], plan: { deep: 1 }, next: null });
  expect(changedParts(state)).toEqual(["rows", "next"]);
});

it("a change that cannot be applied leaves the marks as they are", () => {
  const state = new SharedState();
  state.replace({ rows: 0 });
  state.patch([{ op: "replace", path: "/rows", value: 1 }]);
  state.patch([{ op: "remove", path: "/none" }]);

  expect(changedParts(state)).toEqual(["rows"]);
});
