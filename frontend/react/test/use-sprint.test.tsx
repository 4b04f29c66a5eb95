/** @jsxImportSource react */
// @vitest-environment happy-dom
import { act, render, renderHook, screen, waitFor } from "@testing-library/react";
import { StrictMode } from "react";
import { describe, expect, it, vi } from "vitest";
import { RealtimeProvider, type SprintMessage, useSprint } from "../src/index.js";
import { inPage, log, newRun, server, show, URL_OF_SERVER } from "./page.js";

function Logs({ run }: { run: string }) {
  const { isConnected, status, logs } = useSprint(run);
  return (
    <section>
      <p>{isConnected ? "connected" : "not connected"}</p>
      <p>status {status ?? "unknown"}</p>
      <ul>
        {logs.map(({ n, text }) => (
          <li key={n}>{text}</li>
        ))}
      </ul>
    </section>
  );
}

/** The hook of a run, in strict mode below a provider. */
function follow(run: string, options: Parameters<typeof useSprint>[1] = {}) {
  const { result, unmount } = renderHook(() => useSprint(run, options), {
    wrapper: ({ children }) => inPage(children),
  });
  return { hook: result, unmount };
}

const connected = (hook: { current: { isConnected: boolean } }) =>
  waitFor(() => expect(hook.current.isConnected).toBe(true));

describe("a component", () => {
  it("shows what is published, as it comes", async () => {
    const run = newRun();
    show(<Logs run={run} />);
    await screen.findByText("connected");
    expect(screen.getByText("status unknown")).toBeTruthy();

    server.sprint(run).publish({ type: "status_update", status: "running" }, log("hello"));

    await screen.findByText("hello");
    expect(screen.getByText("status running")).toBeTruthy();
  });

  it("opens one socket in strict mode, which mounts twice", async () => {
    const run = newRun();
    show(<Logs run={run} />);

    await screen.findByText("connected");

    expect(server.sockets).toHaveLength(1);
  });

  it("shares its socket with the others of the page, each with all lines", async () => {
    const run = newRun();
    server.sprint(run).publish(log("one"));
    const { rerender } = show(<Logs run={run} />);
    await screen.findByText("one");

    rerender(
      inPage(
        <>
          <Logs run={run} />
          <Logs run={run} />
        </>,
      ),
    );
    server.sprint(run).publish(log("two"));

    await waitFor(() => expect(screen.getAllByText("two")).toHaveLength(2));
    expect(screen.getAllByText("one")).toHaveLength(2);
    expect(server.sockets).toHaveLength(1);
  });

  it("closes the socket once it is gone", async () => {
    const run = newRun();
    const { unmount } = show(<Logs run={run} />);
    await screen.findByText("connected");

    unmount();

    await waitFor(() => expect(server.sockets[0]?.closedWith).toBe(1000));
    expect(server.sprint(run).connections).toBe(0);
  });

  it("follows another run where its name changes", async () => {
    const [first, second] = [newRun(), newRun()];
    server.sprint(first).publish(log("of the first"));
    server.sprint(second).publish(log("of the second"));
    const { rerender } = show(<Logs run={first} />);
    await screen.findByText("of the first");

    rerender(inPage(<Logs run={second} />));

    await screen.findByText("of the second");
    expect(screen.queryByText("of the first")).toBeNull();
  });

  it("has all of 20,000 lines that come in one burst, with few renderings", async () => {
    const run = newRun();
    let renderings = 0;
    const seen: number[] = [];
    const onMessage = ({ seq }: SprintMessage) => seen.push(seq ?? 0);
    const { result } = renderHook(
      () => {
        renderings += 1;
        return useSprint(run, { maxLogs: 20_000, onMessage });
      },
      { wrapper: ({ children }) => inPage(children) },
    );
    await connected(result);
    const before = renderings;

    const lines = Array.from({ length: 20_000 }, (_, index) => `line ${index + 1}`);
    act(() => {
      for (const line of lines) server.sprint(run).publish(log(line));
    });

    await waitFor(() => expect(result.current.logs).toHaveLength(20_000));
    expect(result.current.logs.map(({ text }) => text)).toEqual(lines);
    expect(seen).toEqual(lines.map((_, index) => index + 1));
    expect(renderings - before).toBeLessThan(60);
  });
});

describe("the hook", () => {
  it("has the newest message, with its run and its number", async () => {
    const run = newRun();
    const { hook } = follow(run);
    await connected(hook);

    server.sprint(run).publish(log("a"), log("b"));

    await waitFor(() =>
      expect(hook.current.lastMessage).toMatchObject({ message: "b", sprint_id: run, seq: 2 }),
    );
  });

  it("has progress, messages and states of agents, and the message of the status", async () => {
    const run = newRun();
    const agent = (event: object) => ({ type: "agent_message", agent: "planner", event });
    server
      .sprint(run)
      .publish(
        { type: "status_update", status: "failed", message: "no disk" },
        { type: "build_progress", task: "train", current: 3, total: 10, unit: "batch" },
        agent({ type: "TEXT_MESSAGE_START", messageId: "m", role: "assistant" }),
        agent({ type: "TEXT_MESSAGE_CONTENT", messageId: "m", delta: "Hello" }),
        agent({ type: "STATE_SNAPSHOT", snapshot: { step: 2 } }),
      );

    const { hook } = follow(run);

    await waitFor(() => expect(hook.current.message).toBe("no disk"));
    expect(hook.current.progress).toMatchObject([{ task: "train", share: 0.3, unit: "batch" }]);
    expect(hook.current.messages).toMatchObject([
      { agent: "planner", role: "assistant", text: "Hello", isOpen: true },
    ]);
    expect(hook.current.state).toEqual({ planner: { step: 2 } });
  });

  it("keeps what has not changed, so that components which use it need not render", async () => {
    const run = newRun();
    server.sprint(run).publish({ type: "build_progress", task: "train", current: 1 });
    const { hook } = follow(run);
    await waitFor(() => expect(hook.current.progress).toHaveLength(1));
    const { progress, messages, state } = hook.current;

    server.sprint(run).publish(log("next"));

    await waitFor(() => expect(hook.current.logs).toHaveLength(1));
    expect(hook.current.progress).toBe(progress);
    expect(hook.current.messages).toBe(messages);
    expect(hook.current.state).toBe(state);
  });

  it("keeps no more lines than its options allow", async () => {
    const run = newRun();
    server.sprint(run).publish(...["a", "b", "c"].map(log));

    const { hook } = follow(run, { maxLogs: 2 });

    await waitFor(() => expect(hook.current.logs.map(({ text }) => text)).toEqual(["b", "c"]));
  });

  it("reports an error of `onMessage`, and reads on", async () => {
    const reported = vi.fn();
    vi.stubGlobal("reportError", reported);
    const run = newRun();
    const { hook } = follow(run, {
      onMessage: () => {
        throw new Error("of the page");
      },
    });
    await connected(hook);

    server.sprint(run).publish(log("a"), log("b"));

    await waitFor(() => expect(hook.current.logs).toHaveLength(2));
    expect(reported).toHaveBeenCalledTimes(2);
    vi.unstubAllGlobals();
  });

  it("names what is missing without a provider", () => {
    vi.spyOn(console, "error").mockImplementation(() => undefined);

    expect(() => render(<Logs run="x" />)).toThrow("neither a RealtimeProvider");
  });

  it("uses the server of its options where these have a `url`", async () => {
    const run = newRun();
    const { result } = renderHook(() => useSprint(run, { url: URL_OF_SERVER }));

    await connected(result);
  });
});

describe("sending", () => {
  it("publishes an event, and shows it when the server has it", async () => {
    const run = newRun();
    const { hook } = follow(run);
    await connected(hook);

    expect(hook.current.sendMessage(log("mine"))).toBe(true);

    await waitFor(() => expect(hook.current.logs.map(({ text }) => text)).toEqual(["mine"]));
    expect(server.sprint(run).received).toEqual([log("mine")]);
  });

  it("publishes what a component sends as it mounts", async () => {
    const run = newRun();
    const { hook } = follow(run);

    expect(hook.current.isConnected).toBe(false);
    expect(hook.current.sendMessage(log("early"))).toBe(true);

    await waitFor(() => expect(server.sprint(run).received).toEqual([log("early")]));
  });

  it("sends a ping at once, which is no event", async () => {
    const run = newRun();
    const { hook } = follow(run);
    await connected(hook);

    expect(hook.current.sendMessage({ type: "ping" })).toBe(true);

    expect(server.sockets[0]?.sent.at(-1)).toEqual({ type: "ping" });
    expect(server.sprint(run).received).toEqual([]);
  });

  it("queues without a connection, and publishes in order once there is one", async () => {
    const run = newRun();
    server.sprint(run).setDown(true);
    const { hook } = follow(run);
    await waitFor(() => expect(hook.current.connection.phase).toBe("reconnecting"));

    for (const text of ["a", "b", "c"]) expect(hook.current.sendMessage(log(text))).toBe(true);
    expect(hook.current.sendMessage({ type: "ping" })).toBe(false);
    server.sprint(run).setDown(false);
    act(() => hook.current.retry());

    await waitFor(() => expect(server.sprint(run).received).toEqual(["a", "b", "c"].map(log)));
  });

  it("refuses what does not fit, and values that JSON does not have", async () => {
    const { hook } = follow(newRun());
    await connected(hook);

    expect(hook.current.sendMessage(log("x".repeat(300_000)))).toBe(false);
    expect(() => hook.current.sendMessage({ type: "metric", value: Number.NaN })).toThrow(
      '"value" is NaN',
    );
  });
});

describe("a lost connection", () => {
  it("is made again by itself, from the position on", async () => {
    const run = newRun();
    vi.spyOn(Math, "random").mockReturnValue(0);
    const { hook } = follow(run);
    await connected(hook);
    server.sprint(run).publish(log("before"));
    await waitFor(() => expect(hook.current.seq).toBe(1));

    server.sprint(run).disconnect();
    server.sprint(run).publish(log("meanwhile"));

    await waitFor(() =>
      expect(hook.current.logs.map(({ text }) => text)).toEqual(["before", "meanwhile"]),
    );
    expect(server.sockets).toHaveLength(2);
    expect(server.sockets[1]?.sent[0]).toMatchObject({ watch: { after: { seq: 1 } } });
  });

  it("is tried again after longer and longer waits, up to 20 s", async () => {
    vi.useFakeTimers();
    vi.spyOn(Math, "random").mockReturnValue(1);
    const run = newRun();
    server.sprint(run).setDown(true);
    const waits: number[] = [];
    const { hook } = follow(run);
    for (let count = 0; count < 8; count += 1) {
      await act(() => vi.advanceTimersByTimeAsync(300));
      const { connection } = hook.current;
      if (connection.phase !== "reconnecting" || connection.retryAt === null) continue;
      const wait = connection.retryAt - performance.now();
      waits.push(Math.ceil(wait / 1000));
      await act(() => vi.advanceTimersByTimeAsync(wait));
    }
    vi.useRealTimers();

    expect(waits[0]).toBe(1);
    expect(waits.at(-1)).toBe(20);
    expect(waits).toEqual(waits.toSorted((a, b) => a - b));
  });

  it("ends where the server refuses the user, until `retry`", async () => {
    const run = newRun();
    const { hook } = follow(run);
    await connected(hook);

    server.sprint(run).disconnect(4503);
    await waitFor(() => expect(hook.current.connection.phase).toBe("disconnected"));
    act(() => hook.current.retry());

    await connected(hook);
  });
});

describe("a ticket", () => {
  it("comes from `getTicket`, for each connection", async () => {
    const run = newRun();
    const getTicket = vi.fn(async () => Response.json({ ticket: "abc" }));
    const { hook } = follow(run, { url: URL_OF_SERVER, getTicket });

    await connected(hook);

    expect(getTicket).toHaveBeenCalledWith(run);
    expect(server.sockets[0]?.sent[0]).toMatchObject({ type: "hello", ticket: "abc" });
  });

  it("that is refused ends the attempts, with the reason", async () => {
    const getTicket = async () => new Response("", { status: 403 });
    const { hook } = follow(newRun(), { url: URL_OF_SERVER, getTicket });

    await waitFor(() =>
      expect(hook.current.connection).toEqual({
        phase: "disconnected",
        why: "You are not logged in to this server, or not allowed to see this run.",
      }),
    );
  });

  it("that fails otherwise is requested again", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0);
    const getTicket = vi
      .fn<() => Promise<string>>()
      .mockRejectedValueOnce(new Error("offline"))
      .mockResolvedValue("abc");
    const { hook } = follow(newRun(), { url: URL_OF_SERVER, getTicket });

    await connected(hook);

    expect(getTicket).toHaveBeenCalledTimes(2);
  });

  it("is not requested for what is no name of a run", async () => {
    const getTicket = vi.fn(() => "abc");
    const { hook } = follow("../secret", { url: URL_OF_SERVER, getTicket });

    await waitFor(() => expect(hook.current.connection.phase).toBe("disconnected"));

    expect(getTicket).not.toHaveBeenCalled();
  });
});

it("two users of one page have separate connections", async () => {
  const run = newRun();
  const page = (user: string) => (
    <StrictMode>
      <RealtimeProvider url={URL_OF_SERVER} user={user}>
        <Logs run={run} />
      </RealtimeProvider>
    </StrictMode>
  );
  const { rerender } = render(page("alice"));
  await screen.findByText("connected");

  rerender(page("bob"));

  await waitFor(() => expect(server.sprint(run).opened).toBe(2));
});

describe("the questions of a run", () => {
  const question = {
    type: "question",
    id: "q",
    message: "Which branch?",
    choices: ["main", "dev"],
  };

  it("are there while they are open, and are answered by the hook", async () => {
    const run = newRun();
    const { hook } = follow(run);
    await connected(hook);
    server.sprint(run).publish(question);
    await waitFor(() => expect(hook.current.questions).toHaveLength(1));
    expect(hook.current.questions[0]).toMatchObject({ id: "q", choices: ["main", "dev"] });

    await act(() => hook.current.answer("q", "dev"));

    await waitFor(() => expect(hook.current.questions).toEqual([]));
    expect(server.sprint(run).received).toEqual([{ type: "answer", id: "q", value: "dev" }]);
  });

  it("are answered once: the second answer is rejected with the reason", async () => {
    const run = newRun();
    const { hook } = follow(run);
    await connected(hook);
    server.sprint(run).publish(question);
    await act(() => hook.current.answer("q", "dev"));

    await expect(hook.current.answer("q", "main")).rejects.toThrow('no open question "q"');
  });

  it("cannot be answered before there is a connection", async () => {
    const { hook } = follow(newRun());

    await expect(hook.current.answer("q", "main")).rejects.toThrow("no connection");
  });
});

it("the metrics of a run have their newest values and extremes", async () => {
  const run = newRun();
  const { hook } = follow(run);
  await connected(hook);

  server.sprint(run).publish({ type: "metrics", steps: [1, 2], values: { loss: [0.5, 0.25] } });

  await waitFor(() => expect(Object.keys(hook.current.metrics)).toEqual(["loss"]));
  const { metrics } = hook.current;
  expect(metrics["loss"]).toEqual({ last: 0.25, step: 2, min: 0.25, max: 0.5, count: 2 });
  act(() => server.sprint(run).publish(log("something else")));
  await waitFor(() => expect(hook.current.logs).toHaveLength(1));
  expect(hook.current.metrics).toBe(metrics);
});
