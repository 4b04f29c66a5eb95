// Links from a view of one run to others.

/** For both, null in place of an id means the list of runs. */
export interface RunLinks {
  /** The URL of a page. */
  href(sprintId: string | null): string;
  /** The URL of the page that compares runs, which are named as in model/subjects.ts. */
  compareHref?(labels: readonly string[]): string;
  /** Show it in this document; without this method, links open a browser tab. */
  open?(sprintId: string | null): void;
  /** The fragment of this document's URL; only where the document is the page of the run. */
  readonly fragment?: Fragment;
}

/** The part of the document's URL from `#` on, which names lines of the log. */
export interface Fragment {
  read(): string;
  /** Replace it, without an entry in the browser's history; "" removes it. */
  write(fragment: string): void;
  /** Call back when the reader has changed it; returns what ends that. */
  listen(onChange: () => void): () => void;
}
