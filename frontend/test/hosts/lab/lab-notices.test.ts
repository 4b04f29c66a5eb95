// @vitest-environment happy-dom
import type { Notification } from "@jupyterlab/apputils";
import { expect, it, vi } from "vitest";
import { LAB_NOTICES, labNotices } from "../../../src/hosts/lab/lab-notices.js";
import { setDefault } from "../../../src/ui/remembered.js";

const NOTICE = {
  sprintId: "run",
  status: "failed" as const,
  title: "run: Failed",
  message: "no disk",
  key: "k",
};

it("a notice is a notification of JupyterLab that stays and opens its run", () => {
  const emit = vi.fn<typeof Notification.emit>();
  const open = vi.fn();
  labNotices(open, emit).show(NOTICE);
  const [[text, kind, options] = []] = emit.mock.calls;
  expect([text, kind, options?.autoClose]).toEqual(["run: Failed\nno disk", "error", false]);
  options?.actions?.[0]?.callback(new MouseEvent("click"));

  expect(open).toHaveBeenCalledWith("run");
});

it("the setting turns them off", () => {
  const { isOn } = labNotices(vi.fn(), vi.fn());
  expect(isOn()).toBe(true);
  setDefault(LAB_NOTICES, "off");
  expect(isOn()).toBe(false);
  setDefault(LAB_NOTICES, "on");

  expect(isOn()).toBe(true);
});
