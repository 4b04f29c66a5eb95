/** @jsxImportSource react */
// A page with a mock server, for the tests of hooks and components.

import { cleanup, configure, render } from "@testing-library/react";
import { type ReactNode, StrictMode } from "react";
import { afterEach, beforeEach } from "vitest";
import { RealtimeProvider } from "../src/index.js";
import "../src/run-client.js"; // loaded before the tests, as some use fake clocks
import { type MockServer, mockServer } from "../src/testing.js";

/** In milliseconds, far above what a busy machine needs. */
configure({ asyncUtilTimeout: 60_000 });

export let server: MockServer;

beforeEach(() => {
  server = mockServer();
});

afterEach(() => {
  cleanup();
  server.restore();
});

export const URL_OF_SERVER = "http://test/realtime";

let runs = 0;

/** The name of a run that no other test has: a feed lives on for a second. */
export function newRun(): string {
  runs += 1;
  return `run-${runs}`;
}

/** Show children in strict mode, below a provider. */
export function show(children: ReactNode) {
  return render(inPage(children));
}

export function inPage(children: ReactNode) {
  return (
    <StrictMode>
      <RealtimeProvider url={URL_OF_SERVER}>{children}</RealtimeProvider>
    </StrictMode>
  );
}

export const log = (message: string) => ({ type: "log", message });
