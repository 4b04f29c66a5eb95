// Builds the parts of the front end that no bundle contains and that views load when they need them.
//
// A part is a module that imports nothing: a host may load it from text. It makes its exports of the
// modules that it shares with the bundle, which gives it those of `src/view/on-demand/shared-modules.ts`.
import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { shortened } from "./shorten.mjs";

const SOURCES = fileURLToPath(new URL("src/", import.meta.url));

/** Own modules of which there must be one in a view, by path without the ending. */
const OWN = new Set(["ui/format", "ui/hooks", "view/log/show-line"]);

const sharedModules = {
  name: "shared-modules",
  setup({ onResolve, resolve }) {
    onResolve({ filter: /^preact(\/|$)/ }, ({ path }) => ({ path, external: true }));
    onResolve({ filter: /^\./ }, async ({ path, resolveDir, kind, pluginData }) => {
      if (pluginData === sharedModules) return undefined;
      const found = await resolve(path, { resolveDir, kind, pluginData: sharedModules });
      const name = found.path.replace(SOURCES, "").replace(/\.tsx?$/, "");
      return OWN.has(name) ? { path: name, external: true } : found;
    });
  },
};

/** Build a part with the options of all bundles; returns its hash. */
export async function buildPart(entryPoint, path, { plugins, banner, ...options }) {
  const { outputFiles } = await build({
    ...options,
    plugins: [...plugins, sharedModules],
    entryPoints: [entryPoint],
    format: "cjs",
    loader: { ".css": "text" },
    write: false,
  });
  const [{ text }] = outputFiles;
  const code = await shortened(
    `export const make=(require)=>{const module={exports:{}};${text};return module.exports};`,
  );
  const hash = createHash("sha256").update(code).digest("hex").slice(0, 20);
  await writeFile(path, `${banner.js}\n${code}export const hash="${hash}";\n`);
  return hash;
}
