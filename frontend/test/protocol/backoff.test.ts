import { expect, it } from "vitest";
import file from "../../../tests/vectors/backoff.json" with { type: "json" };
import { Backoff } from "../../src/protocol/backoff.js";

const vectors: { name: string; when: { failed?: number }[]; bounds: number[] }[] = file.vectors;

it.each(vectors.map((vector) => [vector.name, vector] as const))("%s", (_, { when, bounds }) => {
  const backoff = new Backoff();
  const waits: number[] = [];
  for (const { failed } of when) {
    if (failed === undefined) backoff.reset();
    else waits.push(backoff.nextWait(failed * 1_000, 1) / 1_000);
  }

  expect(waits).toEqual(bounds);
});

it("draws from the whole range", () => {
  expect(new Backoff().nextWait(0, 0)).toBe(0);
  expect(new Backoff().nextWait(0, 0.25)).toBe(250);
});
