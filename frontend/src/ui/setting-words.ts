// Writes the value of a setting of a run.

/** A text as it is, and "0.001", "true" or "none". */
export function settingWords(value: string | number | boolean | null | undefined): string {
  return value === null || value === undefined ? "none" : String(value);
}
