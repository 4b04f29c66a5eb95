// The charts of a run's metrics, in sections, and how they are drawn.

import type { JSX } from "preact";
import { useId, useState } from "preact/hooks";
import type { Run } from "../../model/run.js";
import { sectionsOf } from "./chart-groups.js";
import { ChartView } from "./chart-view.js";
import { exportCsv } from "./export.js";

const SMOOTHING = { None: 0, Little: 0.6, Medium: 0.9, Much: 0.97 };

export interface ChartsProps {
  run: Run;
  /** Show them as a table. */
  onTable: () => void;
}

export function Charts({ run, onTable }: ChartsProps): JSX.Element {
  const [smoothing, setSmoothing] = useState(0);
  const [isLog, setLog] = useState(false);
  const [isTime, setTime] = useState(false);
  const syncKey = useId();
  const past = [...run.pastMetrics.all].sort(([a], [b]) => a - b).map(([, metrics]) => metrics);
  const look = { smoothing, isLog, isTime, syncKey };
  return (
    <>
      <div class="rtw-metrics-bar">
        <label>
          Smoothing{" "}
          <select onChange={(event) => setSmoothing(Number(event.currentTarget.value))}>
            {Object.entries(SMOOTHING).map(([name, share]) => (
              <option key={name} value={share} selected={share === smoothing}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <Switch label="Log scale" isOn={isLog} onClick={() => setLog(!isLog)} />
        <Switch label="Time" isOn={isTime} onClick={() => setTime(!isTime)} />
        <button type="button" class="rtw-button" onClick={onTable}>
          Show as table
        </button>
        <button type="button" class="rtw-button" onClick={() => exportCsv(run.metrics)}>
          Download CSV
        </button>
      </div>
      {sectionsOf(run.metrics.all.values()).map((section) => (
        <div key={section.title}>
          {section.title !== "" && <h3 class="rtw-metrics-section">{section.title}</h3>}
          <div class="rtw-charts">
            {section.charts.map((group) => (
              <ChartView key={group.title} {...{ group, past, look }} />
            ))}
          </div>
        </div>
      ))}
    </>
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
