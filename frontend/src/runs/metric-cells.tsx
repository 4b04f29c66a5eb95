// The chosen metrics of a run in the list, and the menu that chooses them.

import type { JSX } from "preact";
import type { RunState } from "../protocol/messages.gen.js";
import { formatValue } from "../ui/format-value.js";
import { ColumnsIcon } from "../ui/icons.js";
import { Menu } from "../ui/menu.js";
import { Name, shownText } from "../ui/text.js";
import { lastOf, MAX_COLUMNS, type MetricColumns } from "./metric-columns.js";

interface CellsProps {
  run: RunState;
  names: readonly string[];
}

export function MetricCells({ run, names }: CellsProps): JSX.Element | null {
  if (names.length === 0) return null;
  return (
    <span class="rtw-run-metrics">
      {names.map((name) => {
        const value = lastOf(run, name);
        return (
          <span key={name} title={shownText(name)}>
            {value !== null && (
              <>
                <Name text={name} /> <b>{formatValue(value)}</b>
              </>
            )}
          </span>
        );
      })}
    </span>
  );
}

export function ColumnsMenu({ columns }: { columns: MetricColumns }): JSX.Element | null {
  const { names, chosen, toggle } = columns;
  if (names.length === 0) return null;
  const items = names.map((name) => ({
    label: shownText(name),
    isChecked: chosen.includes(name),
    onSelect: () => toggle(name),
  }));
  const title = `Up to ${MAX_COLUMNS} metrics`;
  return <Menu label="Metrics in the list" groups={[{ title, items }]} icon={<ColumnsIcon />} />;
}
