// The metrics that rows of the list show, which the browser remembers.

import { useMemo, useState } from "preact/hooks";
import type { RunState } from "../protocol/messages.gen.js";

/** Most metrics that rows show. */
export const MAX_COLUMNS = 4;

/** Most metrics to choose from: those of the newest runs. */
const MAX_NAMES = 100;

const KEY = "realtime-widgets.runs-metrics";

export interface MetricColumns {
  /** The metrics of the runs. */
  names: readonly string[];
  /** Those that are shown. */
  chosen: readonly string[];
  /** Show a metric, or no longer; of too many the first is left out. */
  toggle: (name: string) => void;
}

export function useMetricColumns(runs: readonly RunState[]): MetricColumns {
  const [chosen, setChosen] = useState(load);
  const names = useMemo(() => namesOf(runs, chosen), [runs, chosen]);
  const toggle = (name: string) => {
    const others = chosen.filter((each) => each !== name);
    const next = others.length < chosen.length ? others : [...others, name].slice(-MAX_COLUMNS);
    setChosen(next);
    try {
      localStorage.setItem(KEY, JSON.stringify(next));
    } catch {
      // Without storage, which may be disabled, full or forbidden, it lasts as long as the list.
    }
  };
  return { names, chosen, toggle };
}

/** The chosen metrics, and those of the runs by name. */
function namesOf(runs: readonly RunState[], chosen: readonly string[]): string[] {
  const names = new Set<string>();
  for (const { metrics } of runs) {
    for (const { name } of metrics) names.add(name);
    if (names.size >= MAX_NAMES) break;
  }
  return [...new Set([...chosen, ...[...names].sort()])];
}

function load(): string[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    const names = Array.isArray(stored) ? stored : [];
    return names.filter((name) => typeof name === "string").slice(0, MAX_COLUMNS);
  } catch {
    // Nothing is stored, or something else is.
    return [];
  }
}

/** The newest value of a metric of a run; null where it has none. */
export function lastOf({ metrics }: RunState, name: string): number | null {
  const metric = metrics.find((each) => each.name === name);
  return metric ? Number(metric.last) : null;
}
