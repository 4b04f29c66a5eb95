// Links from a view of one run to others.

/** For both, null in place of an id means the list of runs. */
export interface RunLinks {
  /** The URL of a page. */
  href(sprintId: string | null): string;
  /** Show it in this document; without this method, links open a browser tab. */
  open?(sprintId: string | null): void;
}
