// The bar above the list of runs: search, filters and order.

import type { JSX } from "preact";
import { formatNumber } from "../ui/format.js";
import { shownText } from "../ui/text.js";
import type { StatusFilter } from "./list.js";
import { ColumnsMenu } from "./metric-cells.js";
import { NoticesMenu } from "./notices/notices-menu.js";
import type { RunOrder } from "./order.js";
import type { Search } from "./search.js";

const FILTERS: readonly [StatusFilter, string][] = [
  ["all", "All"],
  ["running", "Running"],
  ["waiting", "Waits for you"],
  ["failed", "Failed"],
];

const ORDER_WORDS: Record<string, string> = {
  newest: "Newest",
  name: "Name",
  duration: "Longest",
  cost: "Most expensive",
};

/** "Newest", "loss, least first". */
function orderWords(order: RunOrder): string {
  const [, which = "", name = ""] = /^(least|greatest) (.+)$/s.exec(order) ?? [];
  return ORDER_WORDS[order] ?? `${shownText(name)}, ${which} first`;
}

interface ToolsProps {
  search: Search;
  /** Called when the query changes. */
  onQuery: () => void;
  /** Begin to choose several runs; null where that has begun. */
  onChoose: (() => void) | null;
  hasNotices: boolean;
}

export function Tools({ search, onQuery, onChoose, hasNotices }: ToolsProps): JSX.Element {
  const { query, setQuery, order, setOrder, orders, columns } = search;
  return (
    <search class="rtw-runs-tools">
      <input
        type="search"
        class="rtw-field rtw-runs-search"
        aria-label="Search runs"
        placeholder="Search runs"
        value={query}
        onInput={(event) => {
          setQuery(event.currentTarget.value);
          onQuery();
        }}
      />
      <select
        class="rtw-field rtw-runs-order"
        aria-label="Sort by"
        title="Sort by"
        value={order}
        onChange={({ currentTarget }) => {
          const chosen = orders.find((each) => each === currentTarget.value);
          if (chosen !== undefined) setOrder(chosen);
        }}
      >
        {orders.map((each) => (
          <option key={each} value={each}>
            {orderWords(each)}
          </option>
        ))}
      </select>
      <Filters search={search} />
      {onChoose && (
        <button type="button" class="rtw-button rtw-runs-choose" onClick={onChoose}>
          Choose…
        </button>
      )}
      <ColumnsMenu columns={columns} />
      {hasNotices && <NoticesMenu />}
    </search>
  );
}

function Filters({ search }: { search: Search }): JSX.Element {
  const { filter, setFilter, counts } = search;
  return (
    <fieldset class="rtw-runs-choices">
      <legend class="rtw-visually-hidden">Runs shown</legend>
      {FILTERS.map(([value, label]) => (
        <button
          key={value}
          type="button"
          class={`rtw-runs-choice rtw-runs-choice-${value}`}
          data-count={counts[value]}
          aria-pressed={filter === value}
          onClick={() => setFilter(value)}
        >
          {label} <span class="rtw-runs-count">{formatNumber(counts[value])}</span>
        </button>
      ))}
    </fieldset>
  );
}
