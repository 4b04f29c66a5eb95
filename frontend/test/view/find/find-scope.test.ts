import { expect, it } from "vitest";
import type { Attempt } from "../../../src/model/attempts.js";
import {
  isLimited,
  isNarrowed,
  NO_LIMIT,
  searchedAttempt,
} from "../../../src/view/find/find-scope.js";

const of = (attempt: number): Attempt => ({
  ...{ attempt, first: 10 * attempt, last: 10 * attempt + 9 },
  ...{ status: "succeeded", startedAt: null },
});

const ATTEMPTS = [of(2), of(1)];

it("a search is limited to the attempt that is shown, unless another one is chosen", () => {
  const search = (ofAttempt: number | "shown" | "all", shown: Attempt | null) =>
    searchedAttempt({ ...NO_LIMIT, ofAttempt }, { attempts: ATTEMPTS, shown, show: () => {} })
      ?.attempt ?? null;

  expect(search("shown", of(1))).toBe(1);
  expect(search("shown", null)).toBe(null);
  expect(search("all", of(1))).toBe(null);
  expect(search(2, of(1))).toBe(2);
  expect(search(7, of(1))).toBe(null);
});

it("an attempt alone is no search, as every line of it would match", () => {
  const scope = { ...NO_LIMIT, ofAttempt: 2 };

  expect([isLimited(scope), isNarrowed(scope), isNarrowed(NO_LIMIT)]).toEqual([false, true, false]);
});
