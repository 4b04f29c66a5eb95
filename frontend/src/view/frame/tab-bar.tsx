// The tabs of a pane (https://www.w3.org/WAI/ARIA/apg/patterns/tabs/): arrow keys, Home and End
// move between them and show what they are of.

import type { ComponentChildren, JSX, TargetedKeyboardEvent } from "preact";
import { formatCount, formatNumber } from "../../ui/format.js";
import { ErrorIcon, WarningIcon } from "../../ui/icons.js";
import type { Tab, TabName } from "./tabs.js";

interface TabBarProps {
  /** Its accessible name. */
  label: string;
  tabs: readonly Tab[];
  selected: TabName;
  onSelect: (name: TabName) => void;
  /** What is at its end. */
  children?: ComponentChildren;
}

export function TabBar({ label, tabs, selected, onSelect, children }: TabBarProps): JSX.Element {
  return (
    <div class="rtw-tab-bar">
      <div
        class="rtw-tabs"
        role="tablist"
        aria-label={label}
        onKeyDown={(event) => moveByKey(event, tabs, selected, onSelect)}
      >
        {tabs.map((tab) => (
          <button
            key={tab.name}
            type="button"
            role="tab"
            class="rtw-tab"
            aria-selected={tab.name === selected}
            tabIndex={tab.name === selected ? 0 : -1}
            onClick={() => onSelect(tab.name)}
          >
            {tab.label}
            <Marks tab={tab} />
          </button>
        ))}
      </div>
      {children}
    </div>
  );
}

function Marks({ tab: { count, noun, warnings, errors } }: { tab: Tab }): JSX.Element {
  return (
    <>
      {count > 0 && (
        <span class="rtw-tab-count">
          <Count count={count} noun={noun} />
        </span>
      )}
      {warnings > 0 && (
        <span class="rtw-tab-mark rtw-tab-warnings">
          <WarningIcon />
          <Count count={warnings} noun="warning" />
        </span>
      )}
      {errors > 0 && (
        <span class="rtw-tab-mark rtw-tab-errors">
          <ErrorIcon />
          <Count count={errors} noun="error" />
        </span>
      )}
    </>
  );
}

/** A number; screen readers also have what it counts. */
function Count({ count, noun }: { count: number; noun: string }): JSX.Element {
  const words = formatCount(count, noun);
  const number = formatNumber(count);
  return (
    <>
      {number}
      <span class="rtw-visually-hidden">{words.slice(number.length)}</span>
    </>
  );
}

function moveByKey(
  event: TargetedKeyboardEvent<HTMLElement>,
  tabs: readonly Tab[],
  selected: TabName,
  onSelect: (name: TabName) => void,
): void {
  const at = tabs.findIndex(({ name }) => name === selected);
  const targets = new Map([
    ["ArrowRight", (at + 1) % tabs.length],
    ["ArrowLeft", (at - 1 + tabs.length) % tabs.length],
    ["Home", 0],
    ["End", tabs.length - 1],
  ]);
  const index = targets.get(event.key);
  const target = index === undefined ? undefined : tabs[index];
  if (index === undefined || !target) return;
  event.preventDefault();
  event.stopPropagation();
  onSelect(target.name);
  event.currentTarget.querySelectorAll<HTMLElement>('[role="tab"]')[index]?.focus();
}
