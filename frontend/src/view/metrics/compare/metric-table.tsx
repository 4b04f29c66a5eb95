// The last and the extreme values of the metrics of runs. Whether less or more is better is not
// known, so both extremes are there, and of each the run that has it is marked.

import type { ComponentChildren, JSX } from "preact";
import { formatCount } from "../../../ui/format.js";
import { formatValue } from "../../../ui/format-value.js";
import { Name } from "../../../ui/text.js";
import type { RunLinks } from "../../links.js";
import type { Compared } from "./compared.js";
import { areExtreme, namesOf } from "./overlay.js";
import { RunTable } from "./run-table.js";

type Value = "last" | "min" | "max";

interface TableProps {
  runs: readonly Compared[];
  links: RunLinks | undefined;
}

export function MetricTable({ runs, links }: TableProps): JSX.Element | null {
  const names = namesOf(runs);
  if (names.length === 0) return null;
  const title = formatCount(names.length, "metric");
  return (
    <RunTable label="Table of the metrics" title={title} runs={runs} links={links}>
      <tbody>
        {names.flatMap((name) =>
          (["last", "min", "max"] as const).map((value) => (
            <ValueRow key={`${value} ${name}`} {...{ runs, name, value }} />
          )),
        )}
      </tbody>
    </RunTable>
  );
}

interface ValueRowProps {
  runs: readonly Compared[];
  name: string;
  value: Value;
}

function ValueRow({ runs, name, value }: ValueRowProps): JSX.Element {
  const values = runs.map(({ metrics }) => metrics?.all.get(name)?.[value] ?? null);
  const extreme = value === "last" ? [] : areExtreme(values, value === "min");
  return (
    <tr class={value === "last" ? "rtw-compare-last" : undefined}>
      <th scope="row">
        {value === "last" ? <Name text={name} /> : <Hidden>{name}</Hidden>} <i>{value}</i>
      </th>
      {values.map((each, index) => (
        <td key={index} class={classOf(each, extreme[index] === true)}>
          {each === null ? "–" : formatValue(each)}
          {extreme[index] && <Hidden>, the {value === "min" ? "least" : "greatest"}</Hidden>}
        </td>
      ))}
    </tr>
  );
}

function classOf(value: number | null, isExtreme: boolean): string | undefined {
  if (value !== null && !Number.isFinite(value)) return "rtw-not-finite";
  return isExtreme ? "rtw-compare-extreme" : undefined;
}

function Hidden({ children }: { children: ComponentChildren }): JSX.Element {
  return <span class="rtw-visually-hidden">{children}</span>;
}
