// The URLs of the pages of runs and of notebooks.

import { isSprintId } from "../protocol/ids.js";
import { partsOf } from "../runs/list.js";
import type { ServerAddress } from "../server/address.js";
import type { RunLinks } from "../view/links.js";

const LIST = "realtime/";
const RUN = "realtime/sprints/";
const COMPARISON = "realtime/compare";

/** The URL of a run's page; of the list where the id is null. */
export function pageOf(base: URL, sprintId: string | null): string {
  return new URL(sprintId === null ? LIST : `${RUN}${encodeURIComponent(sprintId)}`, base).href;
}

/** The id of the run whose page has this URL; null for the list. */
export function runOf(base: URL, address: string): string | null {
  const prefix = new URL(RUN, base).pathname;
  const { pathname } = new URL(address);
  const id = pathname.startsWith(prefix) ? pathname.slice(prefix.length) : "";
  return isSprintId(id) ? id : null;
}

/** The URL of the page that compares runs, which are named as in `readSubject`. */
export function comparisonPageOf(base: URL, labels: readonly string[]): string {
  const url = new URL(COMPARISON, base);
  for (const label of labels) url.searchParams.append("run", label);
  return url.href;
}

/** What the page with this URL compares; null for other pages. */
export function comparedIn(base: URL, address: string): string[] | null {
  const { pathname, searchParams } = new URL(address);
  return pathname === new URL(COMPARISON, base).pathname ? searchParams.getAll("run") : null;
}

/** The URL of a notebook's page; `notebooks` is its path below the base, "" where there is none. */
export function notebookOf(base: URL, notebooks: string, path: string): string | undefined {
  const parts = partsOf(path);
  if (notebooks === "" || parts === null) return undefined;
  return new URL(`${notebooks}${parts.map(encodeURIComponent).join("/")}`, base).href;
}

/** The URL without Jupyter's token. */
export function withoutToken(address: string): string {
  const url = new URL(address);
  url.searchParams.delete("token");
  return url.href;
}

/** Links to the pages of a server. */
export function linksToPages({
  apiUrl,
  pageUrl,
}: Pick<ServerAddress, "apiUrl" | "pageUrl">): RunLinks {
  if (pageUrl !== undefined) {
    const below = (id: string | null) => (id === null ? "" : `sprints/${encodeURIComponent(id)}`);
    return { href: (sprintId) => new URL(below(sprintId), pageUrl).href };
  }
  const base = new URL("../../", apiUrl);
  return {
    href: (sprintId) => pageOf(base, sprintId),
    compareHref: (labels) => comparisonPageOf(base, labels),
  };
}
