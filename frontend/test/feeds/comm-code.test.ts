import { beforeEach, expect, it, vi } from "vitest";
import { CommCode } from "../../src/feeds/comm-code.js";
import { FakeComm } from "../fakes.js";

const MODULE = "export const hash = 'abc'; export const make = () => ({});";

beforeEach(() => {
  // Node imports no blobs.
  vi.spyOn(URL, "createObjectURL").mockReturnValue(`data:text/javascript,${MODULE}`);
});

it("code that comes without a request is taken, and the request for it is cancelled", async () => {
  const comm = new FakeComm();
  const code = new CommCode(comm);
  const loaded = code.load("agents", "abc");
  const request = comm.sent()[0]?.["request"];

  code.take({ code: "agents", content: MODULE });

  expect((await loaded).hash).toBe("abc");
  expect(comm.sent()).toEqual([
    { request, code: { name: "agents" } },
    { request, cancel: true },
  ]);
  expect(comm.listeners).toBe(0);
});

it("code of another version than the view's is refused", async () => {
  const code = new CommCode(new FakeComm());
  code.take({ code: "agents", content: MODULE });

  await expect(code.load("agents", "def")).rejects.toThrow("another version");
});

it("a refusal of the kernel is the reason why code cannot be loaded", async () => {
  const comm = new FakeComm();
  const loaded = new CommCode(comm).load("agents", "");

  comm.receive({ response: comm.sent()[0]?.["request"], error: "no such part" });

  await expect(loaded).rejects.toThrow("no such part");
});
