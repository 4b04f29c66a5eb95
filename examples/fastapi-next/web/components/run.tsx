"use client";

import { SprintView, useSprint } from "@realtime-widgets/react";

/** A run: its view, and above it what this page makes of the same events. */
export function Run({ id }: { id: string }) {
  return (
    <>
      <Summary id={id} />
      <SprintView sprintId={id} fills className="view" />
    </>
  );
}

/** In one line, with the newest line of the log. */
function Summary({ id }: { id: string }) {
  const { isConnected, status, seq, progress, logs } = useSprint(id, { maxLogs: 1 });
  const current = progress.find(({ state }) => state === "running");
  return (
    <p className="summary" data-connected={isConnected}>
      <span data-events={seq}>{seq.toLocaleString("en")} events</span>
      {status !== null && <span>{status.replace("_", " ")}</span>}
      {current !== undefined && <span>{`${current.task} ${Math.round((current.share ?? 0) * 100)} %`}</span>}
      {logs[0] !== undefined && <span className="newest">{logs[0].text}</span>}
    </p>
  );
}
