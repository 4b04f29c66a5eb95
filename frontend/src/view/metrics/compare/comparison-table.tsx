// What the compared runs are, and in which settings they differ.

import type { ComponentChildren, JSX } from "preact";
import { useState } from "preact/hooks";
import { formatCount, formatSpan } from "../../../ui/format.js";
import { StatusIcon } from "../../../ui/icons.js";
import { Tags } from "../../../ui/tags.js";
import { Name } from "../../../ui/text.js";
import { STATUS_WORDS } from "../../../ui/words.js";
import type { RunLinks } from "../../links.js";
import type { Compared } from "./compared.js";
import { type SettingRow, settingRows } from "./differences.js";
import { RunTable } from "./run-table.js";

interface TableProps {
  runs: readonly Compared[];
  links: RunLinks | undefined;
}

export function ComparisonTable({ runs, links }: TableProps): JSX.Element {
  return (
    <RunTable label="Table of the runs" title="Run" runs={runs} links={links}>
      <AboutRows runs={runs} />
      <SettingRows title="Configuration" rows={settingRows(runs.map((run) => run.config))} />
      <SettingRows title="Environment" rows={settingRows(runs.map((run) => run.environment))} />
    </RunTable>
  );
}

/** What each run is, as far as that is known of any. */
function AboutRows({ runs }: { runs: readonly Compared[] }): JSX.Element {
  const has = (field: (run: Compared) => unknown) => runs.some((run) => field(run) !== null);
  return (
    <tbody>
      <Row title="Status" cells={runs.map((run) => Status(run))} />
      {has(({ title }) => title) && (
        <Row title="Title" cells={runs.map(({ title }) => title && <Name text={title} />)} />
      )}
      {runs.some(({ tags }) => tags.length > 0) && (
        <Row title="Tags" cells={runs.map(({ tags }) => Tags({ tags }))} />
      )}
      {has(({ started }) => started) && (
        <Row title="Started" cells={runs.map(({ started }) => timeWords(started))} />
      )}
      {has(({ ended }) => ended) && <Row title="Duration" cells={runs.map(durationWords)} />}
    </tbody>
  );
}

function Status({ status, failure }: Compared): JSX.Element {
  return (
    <>
      {status && (
        <span class={`rtw-status-${status}`}>
          <StatusIcon status={status} isStatic /> {STATUS_WORDS[status]}
        </span>
      )}
      {failure !== null && <span class="rtw-not-finite"> {failure}</span>}
    </>
  );
}

interface SettingRowsProps {
  title: string;
  rows: readonly SettingRow[];
}

/** The settings in which the runs differ and, where they are wanted, the others. */
function SettingRows({ title, rows }: SettingRowsProps): JSX.Element | null {
  const [showsEqual, setShowsEqual] = useState(false);
  const [first] = rows;
  if (first === undefined) return null;
  const equal = rows.filter(({ isEqual }) => isEqual).length;
  const isOne = first.values.length === 1;
  const shown = rows.filter(({ isEqual }) => isOne || showsEqual || !isEqual);
  return (
    <tbody>
      <tr>
        <th colSpan={first.values.length + 1} scope="rowgroup" class="rtw-compare-heading">
          {title}
          {!isOne && `: ${rows.length - equal} different `}
          {!isOne && equal > 0 && (
            <button
              type="button"
              class="rtw-button"
              aria-expanded={showsEqual}
              onClick={() => setShowsEqual(!showsEqual)}
            >
              {showsEqual ? "Hide" : "Show"} {formatCount(equal, "equal setting")}
            </button>
          )}
        </th>
      </tr>
      {shown.map(({ name, values, isEqual }) => (
        <tr key={name} class={isEqual ? undefined : "rtw-compare-differs"}>
          <th scope="row">
            <Name text={name} />
          </th>
          {values.map((value, index) => (
            <td key={index}>{value === null ? "–" : <Name text={value} />}</td>
          ))}
        </tr>
      ))}
    </tbody>
  );
}

function Row({
  title,
  cells,
}: {
  title: string;
  cells: readonly ComponentChildren[];
}): JSX.Element {
  return (
    <tr>
      <th scope="row">{title}</th>
      {cells.map((cell, index) => (
        <td key={index}>{cell ?? "–"}</td>
      ))}
    </tr>
  );
}

function timeWords(time: number | null): string | null {
  return time === null ? null : new Date(time).toLocaleString();
}

function durationWords({ started, ended }: Compared): string | null {
  return started === null || ended === null ? null : formatSpan(Math.max(ended - started, 0));
}
