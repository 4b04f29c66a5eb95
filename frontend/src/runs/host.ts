// What a list of runs needs of the host around it.

/** What the place where the list stands can do. */
export interface RunsHost {
  /** Show this run. */
  open(sprintId: string): void;
  /** The address of a run, where the host has pages. */
  href?(sprintId: string): string;
  /** Go to the notebook that a run came from, where the host can. */
  openNotebook?(path: string): void;
  /** The address of a notebook, where the host has pages. */
  notebookHref?(path: string): string;
  /** Whether the user sees this run already, so that it needs no more attention. */
  isShown?(sprintId: string): boolean;
  /** Told how many runs wait for an answer, or failed since the list was last looked at. */
  onAttention?(count: number): void;
}
