// Restarts the kernel of a run that does not end after a stop.

import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Stop } from "../protocol/messages.gen.js";
import { messageOf } from "../server/api.js";
import type { Kernels } from "../server/kernels.js";
import { Confirm } from "./confirm.js";

/** How long a run may take to end before this is offered, in milliseconds. */
export const FORCE_AFTER = 10_000;

interface ForceProps {
  run: { notebook: string | null };
  stop: Stop;
  kernels: Kernels | null;
  clockOffset: number;
}

export function Force({ run, stop, kernels, clockOffset }: ForceProps): JSX.Element | null {
  const isDue = useDue(Date.parse(stop.timestamp) + FORCE_AFTER - clockOffset);
  const kernel = useKernel(isDue ? kernels : null, run.notebook);
  const [isAsking, setAsking] = useState(false);
  const { isBusy, failure, restart } = useRestart(kernels, kernel);
  if (kernel === null) return null;
  if (!isAsking) {
    return (
      <button type="button" class="rtw-button" onClick={() => setAsking(true)}>
        Force…
      </button>
    );
  }
  return (
    <Confirm
      words="Restart the kernel of the notebook? All of its variables are lost."
      action={isBusy ? "Restarting…" : "Restart the kernel"}
      isBusy={isBusy}
      onConfirm={restart}
      onKeep={() => setAsking(false)}
    >
      {failure !== null && <span role="alert">{failure}</span>}
    </Confirm>
  );
}

/** Whether a moment is over, in milliseconds since 1970 by this machine's clock. */
function useDue(at: number): boolean {
  const [, setOver] = useState(0);
  const left = at - Date.now();
  useEffect(() => {
    if (left <= 0) return;
    const timer = setTimeout(() => setOver(at), left);
    return () => clearTimeout(timer);
  }, [at]);
  return left <= 0;
}

/** The kernel of a notebook, once it is known. */
function useKernel(kernels: Kernels | null, notebook: string | null): string | null {
  const [kernel, setKernel] = useState<string | null>(null);
  useEffect(() => {
    if (!kernels || notebook === null) return;
    const lifetime = new AbortController();
    const find = async () => {
      const found = await kernels.find(notebook, lifetime.signal);
      if (!lifetime.signal.aborted) setKernel(found);
    };
    find().catch(() => {}); // aborted
    return () => lifetime.abort();
  }, [kernels, notebook]);
  return kernel;
}

function useRestart(kernels: Kernels | null, kernel: string | null) {
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  const restart = async () => {
    if (!kernels || kernel === null) return;
    setBusy(true);
    setFailure(null);
    try {
      await kernels.restart(kernel, new AbortController().signal);
    } catch (error) {
      setFailure(messageOf(error));
    }
    setBusy(false);
  };
  return { isBusy, failure, restart: () => void restart() };
}
