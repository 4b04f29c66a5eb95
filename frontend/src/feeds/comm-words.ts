// The texts of a run that is followed through the kernel: its limits, and why it waits.

const LIMITS = "Shown through the kernel. While a cell runs, answers may have to wait for its end.";

/** By where the run is stored. */
const LIFETIME = {
  kernel: "The run is in the kernel and ends with it.",
  server: "The run is on a server and is kept there; this view of it ends with the kernel.",
};

/** Where a run is stored. */
export type Storage = keyof typeof LIFETIME;

export const REPLY_LIMIT =
  "Sent to the kernel, which may receive it only when the cell that runs has ended.";

const INCOMPLETE = "A part was lost on the way: the view is complete when the cell ends.";

export const PART_LOST = "A part was lost on the way.";

export const NO_ANSWER = "The kernel does not answer.";

/** The text of the header. */
export function limitWords(storage: Storage, isIncomplete: boolean): string {
  return `${LIMITS} ${isIncomplete ? INCOMPLETE : LIFETIME[storage]}`;
}
