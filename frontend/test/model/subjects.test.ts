import { expect, it } from "vitest";
import { attemptsOf, readSubject, readSubjects } from "../../src/model/subjects.js";

it.each([
  ["nightly", "nightly", null],
  ["nightly@2", "nightly", 2],
])("%s is an attempt of a run", (label, sprintId, attempt) => {
  expect(readSubject(label)).toEqual({ label, sprintId, attempt });
});

it.each(["", "a b", "a@", "a@0", "a@x", "@1", "a@1@2", "a@1e9999"])("%j is none", (label) => {
  expect(readSubject(label)).toBeNull();
});

it("of many names the first eight are compared, each once", () => {
  const labels = ["b", "b", "<bad>", ...Array.from({ length: 20 }, (_, n) => `run-${n}`)];
  expect(readSubjects(labels).map(({ label }) => label)).toEqual([
    "b",
    ...Array.from({ length: 7 }, (_, n) => `run-${n}`),
  ]);
});

it("attempts are compared with the newest first", () => {
  expect(attemptsOf("run", [{ attempt: 1 }, { attempt: 2 }])).toEqual(["run", "run@2", "run@1"]);
});
