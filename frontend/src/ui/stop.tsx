// Stops a run: the button, its confirmation, and that the run is being stopped.

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { newRequest, type SendReply } from "../feeds/reply.js";
import type { Stop as SentStop } from "../protocol/messages.gen.js";
import type { Kernels } from "../server/kernels.js";
import { Confirm } from "./confirm.js";
import { Force } from "./force.js";
import { SpinnerIcon, StopIcon } from "./icons.js";
import { SendingNote } from "./sending-note.js";
import { useSending } from "./use-sending.js";

export interface StoppableRun {
  attempt: number;
  /** Whether its newest attempt has begun and has not ended, and is not lost. */
  isUnderWay: boolean;
  stop: SentStop | null;
  notebook: string | null;
}

export interface StopProps {
  run: StoppableRun;
  /** Undefined where nothing can be sent to the run. */
  reply: SendReply | undefined;
  kernels: Kernels | null;
  /** The server's clock minus this machine's, in milliseconds. */
  clockOffset: number;
  /** Given where another element shows the confirmation: called when the run is kept. */
  onKeep?: () => void;
}

export function Stop({ run, reply, kernels, clockOffset, onKeep }: StopProps): JSX.Element | null {
  const [isAsking, setAsking] = useState(onKeep !== undefined);
  const state = useSending(reply);
  const { attempt, stop } = run;
  if (!run.isUnderWay) return null;
  if (stop) {
    return (
      <span class="rtw-stop">
        <Stopping by={stop.user} />
        {reply && <Force run={run} stop={stop} kernels={kernels} clockOffset={clockOffset} />}
      </span>
    );
  }
  if (!reply) return null;
  const { phase } = state.sending;
  const isSent = phase === "sending" || phase === "waiting";
  return (
    <span class="rtw-stop">
      {isSent && <Stopping by={null} />}
      {isSent || phase === "stale" ? null : isAsking ? (
        <Confirm
          words="Stop the run?"
          action="Stop"
          onConfirm={() => {
            setAsking(false);
            state.send({ type: "control", action: "stop", attempt, request: newRequest() });
          }}
          onKeep={onKeep ?? (() => setAsking(false))}
        />
      ) : (
        <StopButton onClick={() => setAsking(true)} />
      )}
      <SendingNote state={state} />
    </span>
  );
}

function StopButton({ onClick }: { onClick: () => void }): JSX.Element {
  return (
    <button type="button" class="rtw-button rtw-stop-button" onClick={onClick}>
      <StopIcon /> Stop
    </button>
  );
}

function Stopping({ by }: { by: string | null }): JSX.Element {
  return (
    <span class="rtw-stopping" role="status" title={by ? `Stopped by ${by}` : undefined}>
      <SpinnerIcon /> Stopping…
    </span>
  );
}
