/** @jsxImportSource react */
// A page that shows a run twice: collected from newest messages, and by `logs`. A browser test loads
// it as /?run=...&token=...&lines=... and reads how many lines each side has.

import { createRoot } from "react-dom/client";
import { useSprint } from "../../src/index.js";
import { SprintBoard } from "./sprint-board.js";
import { useWebSocket } from "./use-websocket.js";

const query = new URLSearchParams(location.search);
const text = (name: string) => query.get(name) ?? "";

function Collected() {
  const { logs, isConnected } = useSprint(text("run"), {
    url: text("server"),
    token: text("token"),
    maxLogs: Number(text("lines")),
  });
  return (
    <div>
      <p>{isConnected ? "Connected" : "Disconnected"}</p>
      <ul>
        {logs.map(({ n, text: line }) => (
          <li key={n}>{line}</li>
        ))}
      </ul>
    </div>
  );
}

createRoot(document.body.appendChild(document.createElement("main"))).render(
  <>
    <section id="original">
      <SprintBoard
        sprintId={text("run")}
        useHook={(run) => useWebSocket(run, text("token"), text("server"))}
      />
    </section>
    <section id="ours">
      <Collected />
    </section>
  </>,
);
