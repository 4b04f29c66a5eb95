// Events that are nodes by themselves: states, activities, custom and raw events.

import type { Arrival, Book } from "./book.js";
import { detailOf, eventDetail, nameOf } from "./fields.js";
import { applyPatch } from "./json-patch.js";
import { SharedState } from "./shared-state.js";

/** Most agents whose states are kept. */
const MAX_STATES = 20;

/** A change of the state; consecutive changes are one node. */
export function changeState(book: Book, arrival: Arrival): void {
  const { agent, event, owner, type, extra } = arrival;
  const state = stateOf(book, agent);
  const before = state?.value;
  if (type === "STATE_SNAPSHOT") state?.replace(event["snapshot"]);
  else state?.patch(event["delta"]);
  const last = book.store.nodes.at(-1);
  const isSame = last?.kind === "state" && last.agent === agent && last.owner === (owner || null);
  const node = isSame ? last : book.add(arrival, "state", { count: 0 });
  node.count += 1;
  node.error = state?.error ?? null;
  if (state) book.stateChanges.keep(node, before, state);
  book.describe(node, extra);
}

function stateOf({ states }: Book, agent: string): SharedState | null {
  const known = states.get(agent);
  if (known || states.size === MAX_STATES) return known ?? null;
  const state = new SharedState();
  states.set(agent, state);
  return state;
}

export function setActivity(book: Book, arrival: Arrival): void {
  const { agent, event, extra } = arrival;
  const id = nameOf(event["messageId"]);
  const known = book.store.find(agent, "activity", id);
  const node = known ?? book.add(arrival, "activity", { id });
  if (known && event["replace"] === false) return;
  node.title = nameOf(event["activityType"]);
  book.store.setData(node, event["content"] ?? null);
  book.describe(node, extra);
}

export function patchActivity(book: Book, arrival: Arrival): void {
  const { agent, event, extra } = arrival;
  const id = nameOf(event["messageId"]);
  const node =
    book.store.find(agent, "activity", id) ??
    book.add(arrival, "activity", { id, title: nameOf(event["activityType"]), hasStart: false });
  try {
    book.store.setData(node, applyPatch(node.data, event["patch"]));
  } catch {
    node.isCut = true; // what the patch changes is not known
  }
  book.describe(node, extra);
}

export function addCustom(book: Book, arrival: Arrival): void {
  const { event } = arrival;
  const text = event["value"] === undefined ? "" : detailOf(event["value"]);
  book.add(arrival, "custom", { title: nameOf(event["name"]), text });
}

export function addRaw(book: Book, arrival: Arrival): void {
  const { event } = arrival;
  const text = event["event"] === undefined ? "" : detailOf(event["event"]);
  book.add(arrival, "raw", { title: nameOf(event["source"]), text });
}

/** An event of a type that is not known, shown as it is. */
export function addOther(book: Book, arrival: Arrival): void {
  const { event, type } = arrival;
  book.add(arrival, "other", { title: nameOf(type), text: eventDetail(event) });
}
