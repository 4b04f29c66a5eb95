// Where a view of one run leads to the others.

/** What the place of a view can do; null in place of a run means the list of all. */
export interface RunLinks {
  /** The address of a run's page, or of the list's. */
  href(sprintId: string | null): string;
  /** Show it beside the view or in its place; without this, links open a browser tab. */
  open?(sprintId: string | null): void;
}
