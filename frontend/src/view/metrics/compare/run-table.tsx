// A table with a column for each run, which is scrolled where it is too wide.

import type { ComponentChildren, JSX } from "preact";
import type { RunLinks } from "../../links.js";
import { Swatch } from "../chart-view.js";
import type { Compared } from "./compared.js";

interface RunTableProps {
  /** For screen readers. */
  label: string;
  /** The heading of the first column. */
  title: string;
  runs: readonly Compared[];
  links: RunLinks | undefined;
  children: ComponentChildren;
}

/** Columns have the same widths in all tables of a comparison. */
export function RunTable({ label, title, runs, links, children }: RunTableProps): JSX.Element {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: keys scroll a table that is too wide
    <section class="rtw-compare-scroll" aria-label={label} tabIndex={0}>
      <table class="rtw-compare-table">
        <colgroup>
          <col class="rtw-compare-names" />
          <col class="rtw-compare-run" span={runs.length} />
        </colgroup>
        <thead>
          <tr>
            <th scope="col">{title}</th>
            {runs.map(({ label, sprintId }, color) => (
              <th key={label} scope="col">
                <Swatch color={color} />
                {links ? <a href={links.href(sprintId)}>{label}</a> : label}
              </th>
            ))}
          </tr>
        </thead>
        {children}
      </table>
    </section>
  );
}
