// Notices as JupyterLab's own notifications, which stay in its notification centre.

import type { Notification } from "@jupyterlab/apputils";
import type { Notice } from "../../runs/notices/news.js";
import type { Outlet } from "../../runs/notices/notices.js";
import { SWITCH } from "../../runs/notices/outlets.js";
import { remembered } from "../../ui/remembered.js";

/** What the setting of JupyterLab gives. */
export const LAB_NOTICES = "lab-notices";

const KINDS: Partial<Record<Notice["status"], Notification.TypeOptions>> = {
  succeeded: "success",
  failed: "error",
  lost: "error",
  needs_input: "warning",
};

/** `open` shows a run after a click, `emit` a notification. */
export function labNotices(
  open: (sprintId: string) => void,
  emit: typeof Notification.emit,
): Outlet {
  return {
    isOn: () => remembered(LAB_NOTICES, SWITCH, "on") === "on",
    show: ({ sprintId, status, title, message }) => {
      // JupyterLab shows it as plain text.
      emit(message === "" ? title : `${title}\n${message}`, KINDS[status] ?? "info", {
        autoClose: false,
        actions: [{ label: "Open", callback: () => open(sprintId) }],
      });
    },
  };
}
