// Gives notice of what happens to the runs of a list while the page is hidden.

import type { Runs } from "../source.js";
import { News, type Notice } from "./news.js";
import { Pages } from "./pages.js";

/** A way to give notice. */
export interface Outlet {
  isOn: () => boolean;
  show: (notice: Notice) => void;
}

export interface NoticesOptions {
  outlets: readonly Outlet[];
  /** Whether it continues while the page is hidden although no outlet is on; false by default. */
  worksHidden?: boolean;
  /** Called with the number of runs of which there is news since the page was hidden. */
  onUnseen?: (count: number) => void;
  /** Of this browser; replaced in tests. */
  pages?: Pages;
}

/** Begin; the function returned ends it. */
export function giveNotices(source: Runs, options: NoticesOptions): () => void {
  const { outlets, worksHidden, onUnseen, pages = new Pages(source.url) } = options;
  const news = new News();
  const unseen = new Set<string>();

  const hasOutlet = () => outlets.some((outlet) => outlet.isOn());

  const show = async (notice: Notice) => {
    if (!hasOutlet() || !(await pages.claim(notice.key))) return;
    for (const outlet of outlets) if (outlet.isOn()) outlet.show(notice);
  };
  const changed = () => {
    if (source.state.phase !== "live") return;
    const notices = news.find(source.runs, source.now);
    if (notices.length === 0 || !pages.isHidden) return;
    for (const notice of notices) {
      unseen.add(notice.sprintId);
      void show(notice);
    }
    onUnseen?.(unseen.size);
  };
  const seen = () => {
    if (pages.isHidden || unseen.size === 0) return;
    unseen.clear();
    onUnseen?.(0);
  };
  document.addEventListener("visibilitychange", seen);
  const leave = source.listen(changed, () => worksHidden === true || hasOutlet());
  changed();

  return () => {
    leave();
    document.removeEventListener("visibilitychange", seen);
    pages.close();
  };
}
