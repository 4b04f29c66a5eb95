// Builds the widget: one ES module and one style sheet, with nothing to load after them, because
// a module that is loaded from a blob cannot find its neighbours.
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const TARGET = fileURLToPath(new URL("../realtime_widgets/static/", import.meta.url));

/** What a notebook page can load without being noticed; raise it only for a reason. */
const BUDGET_BYTES = 60_000;

await build({
  entryPoints: { widget: "src/widget.ts" },
  outdir: TARGET,
  bundle: true,
  minify: true,
  format: "esm",
  // What JupyterLab 4 runs on, from the spring of 2024 on.
  target: ["es2022", "chrome123", "firefox124", "safari17.4"],
  jsx: "automatic",
  jsxImportSource: "preact",
  // Preact's licence asks for its notice in every copy.
  banner: {
    js: "/*! realtime-widgets, MIT licence. Contains Preact, (c) Jason Miller, MIT licence. */",
  },
  logLevel: "warning",
});

let total = 0;
for (const name of ["widget.js", "widget.css"]) {
  const bytes = await readFile(`${TARGET}${name}`);
  const packed = gzipSync(bytes).length;
  total += packed;
  console.log(
    `${name}: ${bytes.length.toLocaleString("en")} bytes, ${packed.toLocaleString("en")} gzipped`,
  );
}
if (total > BUDGET_BYTES) {
  console.error(`The bundle is ${total} bytes gzipped, ${BUDGET_BYTES} are allowed.`);
  process.exit(1);
}
