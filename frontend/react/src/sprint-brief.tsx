/** @jsxImportSource react */
// A run in brief: status, progress, and the newest lines of its log.

import type { JSX } from "react";
import type { Phase } from "../../src/feeds/feed.js";
import { STATUS_WORDS } from "../../src/ui/words.js";
import type { ServerOptions } from "./server.js";
import type { Progress } from "./sprint-state.js";
import { useSprint } from "./use-sprint.js";

// With what each run needs, so that the bundler makes one file of that.
export * from "./client.js";

/** Without numbers that change, because a screen reader reads each change. */
const CONNECTION_WORDS: Record<Phase, string> = {
  connecting: "Connecting…",
  catching_up: "Catching up…",
  connected: "Connected",
  reconnecting: "Reconnecting…",
  disconnected: "Disconnected",
  no_server: "No server",
};

export interface SprintStatusProps extends Partial<ServerOptions> {
  sprintId: string;
  /** Number of the newest log lines that are shown; default 5. */
  lines?: number;
  className?: string;
}

export function Brief(props: SprintStatusProps): JSX.Element {
  const { sprintId, lines = 5, className = "", ...server } = props;
  const { status, message, connection, progress, logs, retry } = useSprint(sprintId, {
    ...server,
    maxLogs: lines,
  });
  return (
    <section
      className={`realtime-widgets rtw-brief ${className}`.trim()}
      aria-label={`Run ${sprintId}`}
    >
      <header className="rtw-brief-head">
        {status !== null && (
          <span className={`rtw-badge rtw-status-${status}`}>{STATUS_WORDS[status]}</span>
        )}
        <span className="rtw-name">{sprintId}</span>
        <span className="rtw-brief-connection" role="status">
          {CONNECTION_WORDS[connection.phase]}
        </span>
        {connection.phase === "disconnected" && (
          <button type="button" className="rtw-button" onClick={retry}>
            Try again
          </button>
        )}
      </header>
      {"why" in connection && <p className="rtw-brief-message">{connection.why}</p>}
      {message && <p className="rtw-brief-message">{message}</p>}
      {progress.map((task) => (
        <Task key={task.key} task={task} />
      ))}
      {logs.length > 0 && (
        <ol className="rtw-brief-log">
          {logs.map(({ n, level, text }) => (
            <li key={n} className={`rtw-level-${level}`}>
              {text}
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}

function Task({ task }: { task: Progress }): JSX.Element {
  const { task: name, parents, current, total, unit, share, state } = task;
  const amount = total === null ? `${current}` : `${current} of ${total}`;
  return (
    <div className={`rtw-brief-task rtw-task-${state}`}>
      <span>{[...parents, name].join(" › ")}</span>
      <span>{unit === null ? amount : `${amount} ${unit}`}</span>
      <progress aria-label={name} max={1} value={share ?? undefined} />
    </div>
  );
}
