/** @jsxImportSource react */
// @vitest-environment happy-dom
// What is written for a hook that keeps the newest message works with ours, without a change of its
// calls; and what such a hook loses in a burst.
import { act, cleanup, fireEvent, render, screen, waitFor } from "@testing-library/react";
import { afterEach, describe, expect, it } from "vitest";
import { useSprint } from "../../src/index.js";
import { log, newRun, server } from "../page.js";
import { original, ours, SprintBoard } from "./sprint-board.js";

const LINES = Array.from({ length: 2_000 }, (_, index) => `line ${index + 1}`);

afterEach(cleanup);

describe.each([
  ["the original hook", original],
  ["ours", ours],
])("a component with %s", (_, useHook) => {
  it("connects with `?token=`", async () => {
    render(<SprintBoard sprintId={newRun()} useHook={useHook} />);

    await screen.findByText("Connected");

    expect(server.sockets[0]?.url).toMatch(/\/ws\/sprints\/run-\d+\?token=secret$/);
  });

  it("switches on the type of each message", async () => {
    const run = newRun();
    render(<SprintBoard sprintId={run} useHook={useHook} />);
    await screen.findByText("Connected");

    server.sprint(run).publish({ type: "status_update", status: "running" });
    await screen.findByText("Status: running");
    server.sprint(run).publish({ type: "build_progress", task: "build", current: 1, total: 4 });
    await screen.findByText("Progress: 25 %");
    server.sprint(run).publish(log("hello"));
    await screen.findByText("hello");
  });

  it("sends a ping, which the server answers and stores nowhere", async () => {
    const run = newRun();
    render(<SprintBoard sprintId={run} useHook={useHook} />);
    await screen.findByText("Connected");

    fireEvent.click(screen.getByText("Ping"));

    expect(server.sockets[0]?.sent.at(-1)).toEqual({ type: "ping" });
    expect(server.sprint(run).received).toEqual([]);
  });

  it("shows that the connection is lost", async () => {
    const run = newRun();
    render(<SprintBoard sprintId={run} useHook={useHook} />);
    await screen.findByText("Connected");

    act(() => server.sprint(run).setDown(true));

    await screen.findByText("Disconnected");
  });
});

describe("a burst between two renderings", () => {
  it("leaves one line to a component that collects newest messages", async () => {
    const run = newRun();
    render(<SprintBoard sprintId={run} useHook={original} />);
    await screen.findByText("Connected");

    act(() => server.sprint(run).publish(...LINES.map(log)));

    expect(screen.getAllByRole("listitem").map(({ textContent }) => textContent)).toEqual([
      "line 2000",
    ]);
  });

  it("is whole in `logs`", async () => {
    const run = newRun();
    const shown: string[][] = [];
    const Collected = () => {
      shown.push(useSprint(run, { url: "/realtime", maxLogs: 2_000 }).logs.map(({ text }) => text));
      return null;
    };
    render(<Collected />);
    await waitFor(() => expect(server.sprint(run).connections).toBe(1));

    act(() => server.sprint(run).publish(...LINES.map(log)));

    await waitFor(() => expect(shown.at(-1)).toEqual(LINES));
  });
});
