/** @jsxImportSource react */
// @vitest-environment happy-dom
import { screen, waitFor } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import { runState } from "../../dev/run-state.js";
import { SprintList, SprintStatus, SprintView, useSprint, useSprints } from "../src/index.js";
import { inPage, log, newRun, server, show } from "./page.js";

describe("SprintView", () => {
  it("shows the run over the socket of the hook beside it", async () => {
    const run = newRun();
    const Hook = () => <p>hook: {useSprint(run).logs.length}</p>;
    server.sprint(run).publish({ type: "status_update", status: "running" }, log("hello"));

    show(
      <>
        <Hook />
        <SprintView sprintId={run} className="mine" />
      </>,
    );

    await screen.findByText("Running");
    expect(screen.getByLabelText(`Run ${run}`).closest(".mine")).not.toBeNull();
    expect(screen.getByText("hook: 1")).toBeTruthy();
    expect(server.sockets).toHaveLength(1);
  });

  it("calls the newest `onChange`, and is not drawn again for another one", async () => {
    const run = newRun();
    const changes = [vi.fn(), vi.fn()];
    const { rerender } = show(<SprintView sprintId={run} onChange={changes[0]} />);
    const view = await screen.findByLabelText(`Run ${run}`);

    rerender(inPage(<SprintView sprintId={run} onChange={changes[1]} />));
    changes[0]?.mockClear();
    server.sprint(run).publish({ type: "status_update", status: "running" });

    await waitFor(() =>
      expect(changes[1]).toHaveBeenLastCalledWith(expect.objectContaining({ status: "running" })),
    );
    expect(changes[0]).not.toHaveBeenCalled();
    expect(screen.getByLabelText(`Run ${run}`)).toBe(view);
  });

  it("leaves nothing behind", async () => {
    const run = newRun();
    const { unmount, container } = show(<SprintView sprintId={run} />);
    await screen.findByLabelText(`Run ${run}`);

    unmount();

    expect(container.innerHTML).toBe("");
    await waitFor(() => expect(server.sprint(run).connections).toBe(0));
  });
});

describe("SprintStatus", () => {
  it("shows the status, progress and newest lines", async () => {
    const run = newRun();
    server
      .sprint(run)
      .publish(
        { type: "status_update", status: "failed", message: "no disk" },
        { type: "build_progress", task: "train", parents: ["all"], current: 3, total: 10 },
        log("a"),
        log("b"),
      );

    show(<SprintStatus sprintId={run} lines={1} />);

    await screen.findByText("Failed");
    expect(screen.getByText("no disk")).toBeTruthy();
    expect(screen.getByText("all › train")).toBeTruthy();
    expect(screen.getByText("3 of 10")).toBeTruthy();
    expect(screen.getByLabelText<HTMLProgressElement>("train").value).toBe(0.3);
    expect(screen.getAllByRole("listitem").map(({ textContent }) => textContent)).toEqual(["b"]);
  });

  it("shows why there is no connection, with a way to try again", async () => {
    const run = newRun();
    show(<SprintStatus sprintId={run} />);
    await screen.findByText("Connected");

    server.sprint(run).disconnect(4503);

    await screen.findByText("You are not allowed to do this with this run.");
    screen.getByText("Try again").click();
    await screen.findByText("Connected");
  });
});

describe("the list of runs", () => {
  const page = {
    sprints: [],
    next: null,
    kept_in_memory_because: null,
    notebooks: {},
    index: null,
  };

  it("is that of the server, in the hook", async () => {
    vi.stubGlobal("fetch", async () =>
      Response.json({ ...page, sprints: [runState({ sprint_id: "nightly" })] }),
    );
    const Names = () => {
      const { sprints, connection } = useSprints();
      return (
        <p>
          {connection.phase}: {sprints.map(({ sprint_id }) => sprint_id).join()}
        </p>
      );
    };

    show(<Names />);

    await screen.findByText("live: nightly");
    vi.unstubAllGlobals();
  });

  it("shows why it cannot be read", async () => {
    vi.stubGlobal("fetch", async () => new Response("", { status: 403 }));

    show(<SprintList onOpen={() => undefined} />);

    await screen.findByText(/You are not logged in to this server/);
    vi.unstubAllGlobals();
  });
});
