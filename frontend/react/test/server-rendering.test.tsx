/** @jsxImportSource react */
// Rendered without a browser: in Node's own environment there is no window and no document.
import { renderToString } from "react-dom/server";
import { expect, it } from "vitest";
import * as realtime from "../src/index.js";

it("all components render on a server, and show that they connect", async () => {
  const { RealtimeProvider, SprintList, SprintStatus, SprintView, useSprint, useSprints } =
    realtime;
  const Hooks = () => {
    const { isConnected, status, logs, connection } = useSprint("nightly");
    const { sprints } = useSprints();
    return <p>{JSON.stringify({ isConnected, status, logs, connection, sprints })}</p>;
  };

  const html = renderToString(
    <RealtimeProvider url="/realtime">
      <Hooks />
      <SprintView sprintId="nightly" />
      <SprintStatus sprintId="nightly" />
      <SprintList onOpen={() => undefined} />
    </RealtimeProvider>,
  );

  expect(typeof window).toBe("undefined");
  expect(html.replaceAll("&quot;", '"')).toContain(
    '{"isConnected":false,"status":null,"logs":[],"connection":{"phase":"connecting"},"sprints":[]}',
  );
});

it("the custom element is imported on a server without an error", async () => {
  await expect(import("../src/element.js")).resolves.toBeDefined();
});
