// Uses the installed React package once, as a server renders its pages; run by scripts/release.
import assert from "node:assert";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import * as hooks from "@realtime-widgets/react";
import { mockServer } from "@realtime-widgets/react/testing";
import { createElement } from "react";
import { renderToString } from "react-dom/server";

const { RealtimeProvider, SprintList, SprintStatus, SprintView, useSprint } = hooks;

function Status() {
  return createElement("output", null, String(useSprint("smoke").status));
}

const parts = [Status, SprintView, SprintStatus].map((part) =>
  createElement(part, { sprintId: "smoke", key: part.name }),
);
const page = createElement(
  RealtimeProvider,
  { url: "https://example.org/realtime" },
  ...parts,
  createElement(SprintList),
);
assert.match(renderToString(page), /<output>null<\/output>/);
assert.equal(typeof mockServer, "function");
assert(existsSync(fileURLToPath(import.meta.resolve("@realtime-widgets/react/styles.css"))));
for (const entry of ["", "/element", "/testing"]) {
  assert(existsSync(fileURLToPath(import.meta.resolve(`@realtime-widgets/react${entry}`))));
}
console.log(`React package: ${Object.keys(hooks).join(", ")}`);
