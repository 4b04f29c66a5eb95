// What the user has typed for a question and not sent: kept over a reload of the page.

import { useState } from "preact/hooks";
import { isObject } from "../../protocol/messages.js";

export type Draft = Readonly<Record<string, string | boolean>>;

/** Most characters of a stored draft; a longer one is not kept. */
const MAX_LENGTH = 20_000;

const keyOf = (questionId: string) => `realtime-widgets.draft.${questionId}`;

/** The draft of an answer, what changes it, and what forgets it. */
export function useDraft(questionId: string): [Draft, (draft: Draft) => void, () => void] {
  const [draft, setDraft] = useState(() => load(questionId));
  const change = (changed: Draft) => {
    setDraft(changed);
    store(questionId, JSON.stringify(changed));
  };
  return [draft, change, () => store(questionId, null)];
}

function load(questionId: string): Draft {
  try {
    const stored: unknown = JSON.parse(sessionStorage.getItem(keyOf(questionId)) ?? "");
    return isObject(stored) ? (stored as Draft) : {};
  } catch {
    return {}; // nothing is stored, or something else is
  }
}

function store(questionId: string, text: string | null): void {
  try {
    if (text === null || text.length > MAX_LENGTH) sessionStorage.removeItem(keyOf(questionId));
    else sessionStorage.setItem(keyOf(questionId), text);
  } catch {
    // Without storage the draft lasts as long as the view.
  }
}
