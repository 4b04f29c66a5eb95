// The one validator of sprint ids (protocol 1.1).

const SPRINT_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** Whether the text is a sprint id, and therefore safe as a part of a URL. */
export function isSprintId(text: string): boolean {
  return SPRINT_ID.test(text);
}
