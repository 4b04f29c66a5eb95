// What the list of runs shows: a query, a filter and an order.
//
// It is worked out when the runs or a choice change, and not at each tick of the clock.

import { useMemo, useState } from "preact/hooks";
import type { RunState } from "../protocol/messages.gen.js";
import { useRemembered } from "../ui/remembered.js";
import { countRuns, matchesFilter, matchesQuery, type StatusFilter } from "./list.js";
import { type MetricColumns, useMetricColumns } from "./metric-columns.js";
import { metricOrders, RUN_ORDERS, type RunOrder, sortRuns } from "./order.js";
import type { Runs as Source } from "./source.js";

export interface Search {
  query: string;
  setQuery: (query: string) => void;
  filter: StatusFilter;
  setFilter: (filter: StatusFilter) => void;
  order: RunOrder;
  setOrder: (order: RunOrder) => void;
  /** All orders that there are. */
  orders: readonly RunOrder[];
  /** The metrics that rows show. */
  columns: MetricColumns;
  /** Remove the query and the filter. */
  clear: () => void;
  /** How many runs match the query and each filter. */
  counts: Record<StatusFilter, number>;
  /** The runs that match the query and the filter, sorted. */
  found: RunState[];
}

/** The browser remembers the order and the metrics. */
export function useSearch(source: Source): Search {
  const { runs } = source;
  const [query, setQuery] = useState("");
  const [filter, setFilter] = useState<StatusFilter>("all");
  const columns = useMetricColumns(runs);
  const orders = [...RUN_ORDERS, ...metricOrders(columns.chosen)];
  const [chosen, setOrder] = useRemembered<RunOrder>("runs-order", orders, "newest");
  const order = orders.includes(chosen) ? chosen : "newest"; // that of a metric that was left out
  const words = query.trim();
  const matching = useMemo(
    () => (words === "" ? runs : runs.filter((run) => matchesQuery(run, words))),
    [runs, words],
  );
  const counts = useMemo(() => countRuns(matching), [matching]);
  const found = useMemo(() => {
    const shown =
      filter === "all" ? matching : matching.filter((run) => matchesFilter(run, filter));
    return sortRuns(shown, order, source.now);
  }, [matching, filter, order]);
  const clear = () => {
    setQuery("");
    setFilter("all");
  };
  const choices = { query, setQuery, filter, setFilter, order, setOrder, orders, columns };
  return { ...choices, clear, counts, found };
}
