// What a list of runs needs from its host.

export interface RunsHost {
  /** Show this run. */
  open(sprintId: string): void;
  /** The URL of a run's page, where the host has pages. */
  href?(sprintId: string): string;
  /** Show these runs side by side, where the host can. */
  compare?(sprintIds: readonly string[]): void;
  /** Open the notebook of a run, where the host can. */
  openNotebook?(path: string): void;
  /** The URL of a notebook's page, where the host has pages. */
  notebookHref?(path: string): string;
  /** Whether this run is shown already, so that it needs no attention. */
  isShown?(sprintId: string): boolean;
  /** Whether the host gives notice of what happens to runs, so that the list has a menu for it. */
  givesNotices?: boolean;
  /** Called with the number of runs that need attention. */
  onAttention?(count: number): void;
}
