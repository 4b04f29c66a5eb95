// @vitest-environment happy-dom
import { Widget } from "@lumino/widgets";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { commBesideCell, type Message } from "../../../src/hosts/lab/subshell-comm.js";
import { FakeKernel, outputOf } from "./fake-kernel.js";

async function found(output: Widget) {
  const comm = commBesideCell(output, "the widget");
  await vi.advanceTimersByTimeAsync(5_000);
  return comm;
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("there is no comm beside the cell", () => {
  it("where the kernel replies: JupyterLab restores the widget", async () => {
    const kernel = new FakeKernel({ isBusy: false });

    expect(await found(outputOf(kernel))).toBeNull();
    expect(kernel.sent).toEqual([]);
  });

  it("where the kernel refuses, or is closed before it replies", async () => {
    const kernel = new FakeKernel({ isBusy: true });
    const error = { status: "error" };
    const refuses = (message: Message) => ({
      done: Promise.resolve({ ...message, content: error }),
    });
    const closes = () => ({ done: Promise.reject(new Error("Canceled future")) });

    for (const sendControlMessage of [refuses, closes]) {
      expect(await found(outputOf(Object.assign(kernel, { sendControlMessage })))).toBeNull();
    }
  });

  it("where the notebook has no kernel, or the output is in no notebook", async () => {
    expect(await found(outputOf(null))).toBeNull();
    expect(await found(new Widget())).toBeNull();
  });
});

describe("the comm beside a cell that runs", () => {
  it("sends to a subshell that is there", async () => {
    const kernel = new FakeKernel({ isBusy: true, subshells: ["first", "second"] });
    const comm = await found(outputOf(kernel));

    comm?.send({ here: true });

    expect(kernel.sent.map(({ channel, header }) => [channel, header["msg_type"]])).toEqual([
      ["control", "list_subshell_request"],
      ["shell", "comm_msg"],
    ]);
    expect(kernel.sent[1]?.header).toMatchObject({ session: "page", subshell_id: "first" });
    expect(kernel.sent[1]?.content).toEqual({
      comm_id: "the widget",
      data: { method: "custom", content: { here: true } },
    });
  });

  it("sends to a subshell that it makes where there is none", async () => {
    const kernel = new FakeKernel({ isBusy: true });
    const comm = await found(outputOf(kernel));

    comm?.send({ here: true });

    expect(kernel.sent.at(-1)?.header).toMatchObject({ subshell_id: "made" });
  });

  it("receives the custom messages of its widget until it stops listening", async () => {
    const kernel = new FakeKernel({ isBusy: true });
    const comm = await found(outputOf(kernel));
    const received: unknown[] = [];
    const receive = (content: unknown) => void received.push(content);
    const data = { method: "custom", content: "a frame" };
    comm?.on("msg:custom", receive);

    kernel.publish("comm_msg", { comm_id: "the widget", data });
    kernel.publish("comm_msg", { comm_id: "another", data });
    kernel.publish("comm_msg", { comm_id: "the widget", data: { method: "update" } });
    kernel.publish("stream", { comm_id: "the widget", data });
    comm?.off("msg:custom", receive);
    kernel.publish("comm_msg", { comm_id: "the widget", data });

    expect(received).toEqual(["a frame"]);
    expect(kernel.receivers.size).toBe(0);
  });
});
