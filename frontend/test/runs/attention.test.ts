import { describe, expect, it } from "vitest";
import { runState } from "../../dev/run-state.js";
import { Attention, type Memory } from "../../src/runs/attention.js";

const at = (minute: number) => `2026-11-22T21:${String(minute).padStart(2, "0")}:00.000Z`;

const failed = (minute: number) =>
  runState({ status: "failed", ended: at(minute), updated: at(minute) });
const lost = (minute: number) => runState({ status: "lost", updated: at(minute) });
const waiting = (minute: number) => runState({ status: "needs_input", updated: at(minute) });
const running = (minute: number) => runState({ status: "running", updated: at(minute) });

/** A browser's storage. */
function storage(): Memory {
  const kept = new Map<string, string>();
  return {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => kept.set(key, value),
  };
}

const FORBIDDEN = () => {
  throw new DOMException("no", "SecurityError");
};

describe("what needs attention", () => {
  it("is each run that needs input, seen or not", () => {
    const attention = new Attention("http://lab/", storage);
    attention.markSeen([waiting(1)]);

    expect(attention.count([waiting(1), running(2)])).toBe(1);
  });

  it("is each run that failed or was lost since the list was last visible", () => {
    const attention = new Attention("http://lab/", storage);
    attention.markSeen([running(5)]);

    expect(attention.count([failed(4), lost(5), failed(6), lost(7)])).toBe(2);
    attention.markSeen([failed(4), lost(5), failed(6), lost(7)]);
    expect(attention.count([failed(4), lost(5), failed(6), lost(7)])).toBe(0);
  });

  it("is no change from before the first list", () => {
    const attention = new Attention("http://lab/", storage);

    expect(attention.count([failed(1), lost(2)])).toBe(0);
    expect(attention.count([failed(1), lost(2), failed(3)])).toBe(1);
  });

  it("is a run that failed after an empty first list", () => {
    const attention = new Attention("http://lab/", storage);

    expect(attention.count([])).toBe(0);
    expect(attention.count([failed(1)])).toBe(1);
  });
});

describe("what was seen", () => {
  it("is stored for each server", () => {
    const memory = storage();
    new Attention("http://a/", () => memory).markSeen([failed(5)]);

    expect(new Attention("http://a/", () => memory).count([failed(5), failed(6)])).toBe(1);
    const other = new Attention("http://b/", () => memory);
    other.markSeen([failed(1)]);
    expect(other.count([failed(5), failed(6)])).toBe(2);
  });

  it("does not go back where another list was visible later", () => {
    const memory = storage();
    const early = new Attention("http://a/", () => memory);
    new Attention("http://a/", () => memory).markSeen([failed(9)]);
    early.markSeen([failed(5)]);

    expect(new Attention("http://a/", () => memory).count([failed(9)])).toBe(0);
  });

  it("is kept by the page where there is no storage", () => {
    const attention = new Attention("http://lab/", FORBIDDEN);
    attention.markSeen([failed(5)]);

    expect(attention.count([failed(5), failed(6)])).toBe(1);
  });
});
