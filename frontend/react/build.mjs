// Builds the package into dist/, with its declarations, and fails when it exceeds its budget.
import { spawnSync } from "node:child_process";
import { readFile, rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { keepReachable } from "./declarations.mjs";

const HERE = fileURLToPath(new URL("./", import.meta.url));
const TARGET = `${HERE}dist/`;

/** Gzipped: what a page loads first, what comes with its first run, and with its first view. */
const FIRST_BYTES = 4_000;
const RUN_BYTES = 34_000;
const VIEWS_BYTES = 110_000;

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
  metafile: true,
  logLevel: "warning",
};

await rm(TARGET, { recursive: true, force: true });
const { metafile } = await build({ ...OPTIONS, entryPoints: ["src/index.ts", "src/styles.css"] });
// Pages load one of these: built separately, each is as small as it can be.
for (const entry of ["element", "testing"]) {
  await build({ ...OPTIONS, entryPoints: [`src/${entry}.ts`] });
}

const first = filesOf("dist/index.js", ["import-statement"]);
const run = filesOf(chunk("src/client.ts"), ["import-statement"], new Set(first));
const all = filesOf("dist/index.js", ["import-statement", "dynamic-import"]);
await report("first", FIRST_BYTES, [...first]);
await report("run", RUN_BYTES, without(first, run));
await report("views", VIEWS_BYTES, without(run, all).concat("dist/styles.css"));

const tsc = fileURLToPath(new URL("../node_modules/.bin/tsc", import.meta.url));
const { status } = spawnSync(tsc, ["-p", HERE], { stdio: "inherit" });
if (status !== 0) process.exit(1);
await keepReachable(`${TARGET}types/`, ["index", "element", "testing"]);

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
