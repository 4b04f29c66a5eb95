// How charts are drawn: smoothing, a logarithmic scale, over the step or the time.

import type { ComponentChildren, JSX } from "preact";
import { useId, useState } from "preact/hooks";
import type { Look } from "./use-chart.js";

const SMOOTHING = { None: 0, Little: 0.6, Medium: 0.9, Much: 0.97 };

export interface LookChoice {
  look: Look;
  change: (change: Partial<Look>) => void;
}

export function useLook(isRelative: boolean): LookChoice {
  const syncKey = useId();
  const [chosen, setChosen] = useState({ smoothing: 0, isLog: false, isTime: false });
  return {
    look: { ...chosen, isRelative, syncKey },
    change: (change) => setChosen({ ...chosen, ...change }),
  };
}

interface LookBarProps {
  choice: LookChoice;
  /** Further buttons. */
  children?: ComponentChildren;
}

export function LookBar({ choice, children }: LookBarProps): JSX.Element {
  const { look, change } = choice;
  const { smoothing, isLog, isTime } = look;
  return (
    <div class="rtw-metrics-bar">
      <label>
        Smoothing{" "}
        <select
          class="rtw-field"
          onChange={(event) => change({ smoothing: Number(event.currentTarget.value) })}
        >
          {Object.entries(SMOOTHING).map(([name, share]) => (
            <option key={name} value={share} selected={share === smoothing}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <Switch label="Log scale" isOn={isLog} onClick={() => change({ isLog: !isLog })} />
      <Switch label="Time" isOn={isTime} onClick={() => change({ isTime: !isTime })} />
      {children}
    </div>
  );
}

interface SwitchProps {
  label: string;
  isOn: boolean;
  onClick: () => void;
}

function Switch({ label, isOn, onClick }: SwitchProps): JSX.Element {
  return (
    <button type="button" class="rtw-button rtw-switch" aria-pressed={isOn} onClick={onClick}>
      {label}
    </button>
  );
}
