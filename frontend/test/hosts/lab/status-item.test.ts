// @vitest-environment happy-dom
import { expect, it, vi } from "vitest";
import { runState } from "../../../dev/run-state.js";
import { RunsStatus } from "../../../src/hosts/lab/status-item.js";
import type { RunState } from "../../../src/protocol/messages.gen.js";
import type { Runs, RunsState } from "../../../src/runs/source.js";

const runs = (...statuses: RunState["status"][]) => statuses.map((status) => runState({ status }));

function makeSource() {
  let notify: () => void = () => undefined;
  const leave = vi.fn();
  const source = {
    runs: runs(),
    state: { phase: "live" } as RunsState,
    listen: (onChange: () => void) => {
      notify = onChange;
      return leave;
    },
  };
  const change = (fields: Partial<typeof source>) => {
    Object.assign(source, fields);
    notify();
  };
  return { source: source as unknown as Runs, change, leave };
}

it("the status bar counts the runs that are running and that wait for the user", () => {
  const { source, change } = makeSource();
  const item = new RunsStatus(source, vi.fn());
  const changed = vi.fn();
  item.changed.connect(changed);
  expect(item.isActive).toBe(false);

  change({ runs: runs("running", "failed", "needs_input", "running") });
  expect(item.node.textContent).toBe("2 running · 1 waits for you");
  change({ runs: runs("running", "failed", "needs_input", "running", "lost") });
  expect(changed).toHaveBeenCalledOnce();
  change({ runs: runs("needs_input", "needs_input") });
  expect(item.node.textContent).toBe("2 wait for you");
  change({ runs: runs("succeeded") });
  expect(item.isActive).toBe(false);
});

it("shows nothing that is out of date", () => {
  const { source, change } = makeSource();
  const item = new RunsStatus(source, vi.fn());
  change({ runs: runs("running") });
  expect(item.isActive).toBe(true);
  change({ state: { phase: "unreachable", why: "The server is away.", retryAt: null } });

  expect(item.isActive).toBe(false);
});

it("a click shows the list, and its end leaves nothing behind", () => {
  const { source, leave } = makeSource();
  const open = vi.fn();
  const item = new RunsStatus(source, open);
  item.node.click();
  item.dispose();

  expect(open).toHaveBeenCalledOnce();
  expect(leave).toHaveBeenCalledOnce();
});
