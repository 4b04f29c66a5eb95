/** @jsxImportSource react */
// @vitest-environment happy-dom
import { renderHook, waitFor } from "@testing-library/react";
import { expect, it, vi } from "vitest";
import { setLoader } from "../../src/model/agents/on-demand.js";
import { useSprint } from "../src/index.js";
import { inPage, log, newRun, server } from "./page.js";

const agent = (event: object) => ({ type: "agent_message", agent: "planner", event });

it("a page loads the code for agents with their first event, again where it failed, and loses none", async () => {
  const load = vi.fn(() => import("../../src/model/agents/rules.js"));
  load.mockRejectedValueOnce(new Error("offline"));
  setLoader(load);
  const run = newRun();
  const { result: hook } = renderHook(() => useSprint(run), {
    wrapper: ({ children }) => inPage(children),
  });
  server.sprint(run).publish(log("before"));
  await waitFor(() => expect(hook.current.logs).toMatchObject([{ text: "before" }]));
  expect(load).not.toHaveBeenCalled();

  server
    .sprint(run)
    .publish(
      agent({ type: "RUN_STARTED", runId: "1" }),
      agent({ type: "TEXT_MESSAGE_START", messageId: "m", role: "assistant" }),
      agent({ type: "TEXT_MESSAGE_CONTENT", messageId: "m", delta: "Found it." }),
      agent({ type: "RUN_FINISHED", runId: "1" }),
    );
  server.sprint(run).publish(log("after"));

  await waitFor(() => expect(hook.current.connection).toMatchObject({ phase: "reconnecting" }));
  expect(hook.current.connection).toMatchObject({ why: expect.stringContaining("offline") });
  expect(hook.current.logs).toHaveLength(1);
  hook.current.retry();
  await waitFor(() => expect(hook.current.logs).toHaveLength(2));
  expect(hook.current).toMatchObject({ status: "succeeded", messages: [{ text: "Found it." }] });
  expect(load).toHaveBeenCalledTimes(2);
});
