// Steps: a stack for each agent and sub-agent. Names are not unique, ids in the metadata are.

import type { Arrival, Book } from "./book.js";
import { outcomeOf } from "./extra.js";
import { nameOf } from "./fields.js";
import type { TimelineNode } from "./node.js";

export function startStep(book: Book, arrival: Arrival): void {
  const { agent, event, extra } = arrival;
  const known = book.store.find(agent, "step", extra.id);
  if (known) {
    book.describe(known, extra);
    return;
  }
  book.add(arrival, "step", { id: extra.id, title: nameOf(event["stepName"]), isOpen: true });
}

export function finishStep(book: Book, arrival: Arrival): void {
  const { event, extra, time } = arrival;
  const title = nameOf(event["stepName"]);
  const step =
    find(book, arrival, title) ??
    book.add(arrival, "step", { id: extra.id, title, hasStart: false });
  book.describe(step, extra);
  book.end(step, outcomeOf(extra), time);
}

/** The step of an id, or else the innermost one of a name; also one whose end may be missing. */
function find(
  book: Book,
  { agent, owner, extra, scope }: Arrival,
  title: string,
): TimelineNode | undefined {
  if (extra.id !== "") return book.store.find(agent, "step", extra.id);
  const open = scope.stepsOf(owner).findLast((step) => step.title === title);
  const broken = [...scope.broken].findLast(
    (step) => step.kind === "step" && (step.owner ?? "") === owner && step.title === title,
  );
  if (!open && broken) scope.broken.delete(broken);
  return open ?? broken;
}
