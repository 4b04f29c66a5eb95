// Serves the dev page, rebuilt on each reload.
import { context } from "esbuild";

const server = await context({
  entryPoints: { main: "dev/main.ts" },
  bundle: true,
  format: "esm",
  jsx: "automatic",
  jsxImportSource: "preact",
  outdir: "dev",
  define: { CODE_HASHES: "{}" },
  write: false,
});
const { port } = await server.serve({ servedir: "dev", host: "127.0.0.1" });
console.log(`http://127.0.0.1:${port}/`);
