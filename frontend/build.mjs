// Builds the front end for each host, and fails when a bundle exceeds its budget.
import { mkdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { buildLab } from "./lab.mjs";
import { lexerOnly } from "./lexer-only.mjs";
import { buildPart } from "./on-demand.mjs";
import { shorten } from "./shorten.mjs";

const TARGET = fileURLToPath(new URL("../realtime_widgets/static/", import.meta.url));

/** Gzipped sizes that load without a noticeable delay; raise them only for a reason. */
const BUDGET_BYTES = 110_000;
const WITH_LIST_BYTES = 130_000;
const PART_BYTES = 42_000;

/** What views load when they need it, by name. */
const PARTS = {
  agents: "src/view/on-demand/agents.ts",
  charts: "src/view/metrics/charts.tsx",
  share: "src/view/share/share.tsx",
  files: "src/view/files/files-part.ts",
};

const OPTIONS = {
  bundle: true,
  plugins: [lexerOnly],
  minify: true,
  // The browsers that JupyterLab 4 supports: spring of 2024 and later.
  target: ["es2022", "chrome123", "firefox124", "safari17.5"],
  jsx: "automatic",
  jsxImportSource: "preact",
  // The licences of Preact and marked require their notices in every copy.
  banner: {
    js:
      "/*! realtime-widgets, MIT licence. Contains Preact, (c) Jason Miller, and marked, " +
      "(c) MarkedJS and Christopher Jeffrey, MIT licences; and @speed-highlight/core, CC0. " +
      "Charts contain uPlot, (c) Leon Sorokin, MIT licence; files DOMPurify, (c) Cure53 and other " +
      "contributors, Apache 2.0 and MPL 2.0 licences. */",
  },
  logLevel: "warning",
};

await mkdir(TARGET, { recursive: true });
const hashes = {};
for (const [name, entry] of Object.entries(PARTS)) {
  hashes[name] = await buildPart(entry, `${TARGET}${name}.js`, OPTIONS);
}
const WITH_PARTS = { ...OPTIONS, define: { CODE_HASHES: JSON.stringify(hashes) } };

// One ES module and one style sheet, without further imports: a module that is loaded from a blob
// cannot resolve relative URLs.
await build({
  ...WITH_PARTS,
  entryPoints: {
    widget: "src/hosts/widget/widget.ts",
    page: "src/hosts/page/main.ts",
  },
  outdir: TARGET,
  format: "esm",
});
await shorten(`${TARGET}widget.js`);
await report("widget", BUDGET_BYTES, [`${TARGET}widget.js`, `${TARGET}widget.css`]);
await report("page", WITH_LIST_BYTES, [`${TARGET}page.js`, `${TARGET}page.css`]);
for (const name of Object.keys(PARTS)) await report(name, PART_BYTES, [`${TARGET}${name}.js`]);
await report("labextension", WITH_LIST_BYTES, [await buildLab(WITH_PARTS)]);

async function report(name, budget, paths) {
  const files = await Promise.all(paths.map((path) => readFile(path)));
  const bytes = files.reduce((sum, file) => sum + file.length, 0);
  const packed = files.reduce((sum, file) => sum + gzipSync(file).length, 0);
  console.log(`${name}: ${inWords(bytes)} bytes, ${inWords(packed)} gzipped`);
  if (packed <= budget) return;
  console.error(`${name} exceeds its budget: ${inWords(budget)} bytes gzipped are allowed.`);
  process.exitCode = 1;
}

function inWords(number) {
  return number.toLocaleString("en");
}
