// Builds the package into dist/, with its declarations, and fails when it exceeds its budget.
import { spawnSync } from "node:child_process";
import { readFile, rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { shorten } from "../shorten.mjs";
import { keepReachable } from "./declarations.mjs";

const HERE = fileURLToPath(new URL("./", import.meta.url));
const TARGET = `${HERE}dist/`;

/** Gzipped: what a page loads first, with its first run, first event of an agent, and first view. */
const FIRST_BYTES = 4_000;
const RUN_BYTES = 28 * 1_024;
const AGENTS_BYTES = 10_000;
const VIEWS_BYTES = 85_000;
/** Parts of views, beside the files of which they are. */
const PART_BYTES = 40_000;

const OPTIONS = {
  absWorkingDir: HERE,
  outdir: TARGET,
  chunkNames: "chunks/[name]-[hash]",
  bundle: true,
  splitting: true,
  minify: true,
  format: "esm",
  target: "es2022",
  jsx: "automatic",
  jsxImportSource: "preact",
  external: ["react", "react/jsx-runtime"],
  // Next.js runs a module in the browser only where it begins with this.
  banner: { js: '"use client";' },
  // Parts are files of the package itself, which have their styles as text.
  define: { CODE_HASHES: "{}" },
  loader: { ".css": "text" },
  metafile: true,
  logLevel: "warning",
};

await rm(TARGET, { recursive: true, force: true });
const metafile = await buildShort(["src/index.ts"]);
await build({ ...OPTIONS, entryPoints: ["src/styles.css"], loader: {}, banner: {} });
// Pages load one of these: built separately, each is as small as it can be.
for (const entry of ["element", "testing"]) await buildShort([`src/${entry}.ts`]);

const first = filesOf("dist/index.js", ["import-statement"]);
const run = filesOf(chunk("src/client.ts"), ["import-statement"], new Set(first));
const agents = filesOf(chunk("src/parts/rules.ts"), ["import-statement"], new Set(run));
const views = filesOf(chunk("src/views.ts"), ["import-statement"], new Set(agents));
const drawnAgents = filesOf(chunk("src/parts/agents.ts"), ["import-statement"], new Set(views));
const charts = filesOf(chunk("src/parts/charts.ts"), ["import-statement"], new Set(views));
const files = filesOf(chunk("src/parts/files.ts"), ["import-statement"], new Set(views));
await report("first", FIRST_BYTES, [...first]);
await report("run", RUN_BYTES, without(first, run));
await report("agents", AGENTS_BYTES, without(run, agents));
await report("views", VIEWS_BYTES, without(agents, views).concat("dist/styles.css"));
await report("views of agents", PART_BYTES, without(views, drawnAgents));
await report("charts", PART_BYTES, without(views, charts));
await report("files", PART_BYTES, without(views, files));

const tsc = fileURLToPath(new URL("../node_modules/.bin/tsc", import.meta.url));
const { status } = spawnSync(tsc, ["-p", HERE], { stdio: "inherit" });
if (status !== 0) process.exit(1);
await keepReachable(`${TARGET}types/`, ["index", "element", "testing"]);

/** Build into dist/; returns which file has which modules. */
async function buildShort(entryPoints) {
  const { metafile } = await build({ ...OPTIONS, entryPoints });
  const paths = Object.keys(metafile.outputs).filter((path) => path.endsWith(".js"));
  for (const path of paths) await shorten(`${HERE}${path}`);
  return metafile;
}

/** The files that are loaded with a file, by imports of these kinds. */
function filesOf(path, kinds, found = new Set()) {
  if (found.has(path)) return found;
  found.add(path);
  for (const each of metafile.outputs[path].imports) {
    if (!each.external && kinds.includes(each.kind)) filesOf(each.path, kinds, found);
  }
  return found;
}

/** The file that has the code of a module. */
function chunk(source) {
  return Object.keys(metafile.outputs).find((path) => metafile.outputs[path].inputs[source]);
}

function without(known, paths) {
  return [...paths].filter((path) => !known.has(path));
}

async function report(name, budget, paths) {
  const files = await Promise.all(paths.map((path) => readFile(`${HERE}${path}`)));
  const packed = files.reduce((sum, file) => sum + gzipSync(file).length, 0);
  console.log(`${name}: ${packed.toLocaleString("en")} bytes gzipped`);
  if (packed <= budget) return;
  console.error(`${name} exceeds its budget: ${budget.toLocaleString("en")} bytes are allowed.`);
  process.exitCode = 1;
}
