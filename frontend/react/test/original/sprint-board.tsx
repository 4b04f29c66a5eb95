/** @jsxImportSource react */
// A component as it is often written for such a hook: it collects what each message has.

import { useEffect, useState } from "react";
import { useSprint } from "../../src/index.js";
import { useWebSocket } from "./use-websocket.js";

type Hook = (sprintId: string, token: string) => ReturnType<typeof useWebSocket>;

/** Our hook in the place of the other one. */
export const ours: Hook = (sprintId, token) =>
  useSprint(sprintId, { url: "ws://test/realtime", token }) as unknown as ReturnType<Hook>;

export const original: Hook = useWebSocket;

export function SprintBoard({ sprintId, useHook }: { sprintId: string; useHook: Hook }) {
  const { isConnected, lastMessage, sendMessage } = useHook(sprintId, "secret");
  const [status, setStatus] = useState("pending");
  const [progress, setProgress] = useState(0);
  const [logs, setLogs] = useState<string[]>([]);

  useEffect(() => {
    if (!lastMessage) return;
    switch (lastMessage.type) {
      case "status_update":
        setStatus(lastMessage.status);
        break;
      case "build_progress":
        setProgress(lastMessage.current / lastMessage.total);
        break;
      case "log":
        setLogs((before) => [...before, lastMessage.message]);
        break;
    }
  }, [lastMessage]);

  return (
    <div>
      <p>{isConnected ? "Connected" : "Disconnected"}</p>
      <p>Status: {status}</p>
      <p>Progress: {Math.round(progress * 100)} %</p>
      <ul>
        {logs.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
      <button type="button" onClick={() => sendMessage({ type: "ping" })}>
        Ping
      </button>
    </div>
  );
}
