// In which settings runs differ.

import type { Settings } from "../../../model/run-details.js";
import { settingWords } from "../../../ui/setting-words.js";

export interface SettingRow {
  name: string;
  /** In words, null where a run has no such setting. */
  values: (string | null)[];
  isEqual: boolean;
}

/** The settings of runs, those in which they differ first, else in the order in which they came. */
export function settingRows(columns: readonly Settings[]): SettingRow[] {
  const names = new Set(columns.flatMap((settings) => Object.keys(settings)));
  const rows = [...names].map((name) => {
    const values = columns.map((settings) =>
      Object.hasOwn(settings, name) ? settingWords(settings[name]) : null,
    );
    return { name, values, isEqual: new Set(values).size === 1 };
  });
  return [...rows.filter(({ isEqual }) => !isEqual), ...rows.filter(({ isEqual }) => isEqual)];
}
