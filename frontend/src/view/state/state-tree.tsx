// A shared state as a tree, in which the last change is marked.

import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import { formatCount } from "../../ui/format.js";
import { ChevronIcon } from "../../ui/icons.js";
import { LongText, Name } from "../../ui/text.js";
import { entriesOf, isChanged, partBefore } from "./changes.js";

/** Levels that are open at first. */
const OPEN_LEVELS = 2;

/** Parts of one value that are drawn. */
const MAX_PARTS = 200;

/** Drawn again only for another state: its size is bounded, but not small. */
export function StateTree({ value, before }: { value: unknown; before: unknown }): JSX.Element {
  return useMemo(
    () => (
      <ul class="rtw-json">
        <Parts value={value} before={before} depth={0} />
      </ul>
    ),
    [value, before],
  );
}

interface BranchProps {
  value: unknown;
  /** Undefined where there was no value. */
  before: unknown;
  depth: number;
}

function Parts({ value, before, depth }: BranchProps): JSX.Element {
  const entries = entriesOf(value) ?? [["", value] as [string, unknown]];
  const left = entries.length - MAX_PARTS;
  return (
    <>
      {entries.slice(0, MAX_PARTS).map(([name, part]) => (
        <Part
          key={name}
          name={name}
          value={part}
          before={name === "" ? before : partBefore(before, name)}
          depth={depth}
        />
      ))}
      {left > 0 && <li class="rtw-aside">{formatCount(left, "further value")} not shown</li>}
      {entries.length === 0 && <li class="rtw-aside">empty</li>}
    </>
  );
}

function Part({ name, value, before, depth }: BranchProps & { name: string }): JSX.Element {
  const [isOpen, setOpen] = useState(depth < OPEN_LEVELS);
  const entries = entriesOf(value);
  const changed = isChanged(before, value);
  const label = (
    <span class="rtw-json-name">
      <Name text={name} />
    </span>
  );
  return (
    <li class={changed ? "rtw-json-part rtw-json-changed" : "rtw-json-part"}>
      {entries === null || entries.length === 0 ? (
        <span class="rtw-json-leaf">
          {name !== "" && label} <Leaf value={value} />
          {changed && <Mark isNew={before === undefined} />}
        </span>
      ) : (
        <>
          <button
            type="button"
            class="rtw-task-toggle rtw-json-toggle"
            aria-expanded={isOpen}
            onClick={() => setOpen(!isOpen)}
          >
            <ChevronIcon />
            {label}
            <span class="rtw-aside">{sizeOf(value, entries.length)}</span>
            {changed && (before === undefined || !isOpen) && <Mark isNew={before === undefined} />}
          </button>
          {isOpen && (
            <ul>
              <Parts value={value} before={before} depth={depth + 1} />
            </ul>
          )}
        </>
      )}
    </li>
  );
}

function Mark({ isNew }: { isNew: boolean }): JSX.Element {
  return <span class="rtw-json-mark">{isNew ? "new" : "changed"}</span>;
}

function Leaf({ value }: { value: unknown }): JSX.Element {
  if (typeof value === "string") {
    return (
      <span class="rtw-json-text">
        <LongText text={value} />
      </span>
    );
  }
  return <span class="rtw-json-value">{JSON.stringify(value)}</span>;
}

function sizeOf(value: unknown, count: number): string {
  return Array.isArray(value) ? `[${count}]` : `{${count}}`;
}
