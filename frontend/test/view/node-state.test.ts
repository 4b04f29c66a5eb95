// Replays the node states of tests/vectors/words.json, as the Python side does.
import { expect, it } from "vitest";
import { node_states } from "../../../tests/vectors/words.json" with { type: "json" };
import { STATE_WORDS } from "../../src/view/node-state.js";

it("a node of an agent has the states and words of the snapshot", () => {
  expect(STATE_WORDS).toEqual(node_states);
});
