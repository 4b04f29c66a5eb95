// Builds the JupyterLab extension: a module federation container in one file, and the metadata for
// the page's loader and `jupyter labextension list`.
import { createHash } from "node:crypto";
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { shortened } from "./shorten.mjs";

const NAME = "realtime-widgets";
const TARGET = fileURLToPath(new URL(`../realtime_widgets/labextension/`, import.meta.url));

/** Packages that the page shares; a bundled copy would not be the page's instance. */
const HOST_PACKAGES = new Set([
  "@jupyterlab/application",
  "@jupyterlab/apputils",
  "@jupyterlab/settingregistry",
  "@jupyterlab/statusbar",
  "@jupyterlab/ui-components",
  "@lumino/signaling",
  "@lumino/widgets",
]);

const hostPackages = {
  name: "host-packages",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^@(jupyterlab|lumino)\// }, ({ path }) =>
      HOST_PACKAGES.has(path)
        ? { path, namespace: "host" }
        : {
            errors: [
              {
                text: `${path} is neither bundled nor shared by the page (HOST_PACKAGES in lab.mjs)`,
              },
            ],
          },
    );
    onLoad({ filter: /.*/, namespace: "host" }, ({ path }) => ({
      contents: `module.exports = require("./share.ts").shared(${JSON.stringify(path)});`,
      resolveDir: fileURLToPath(new URL("src/hosts/lab/", import.meta.url)),
    }));
  },
};

/** Build with the options of all bundles; returns the path of the file that the page loads. */
export async function buildLab(options) {
  const { outputFiles } = await build({
    ...options,
    entryPoints: { container: "src/hosts/lab/container.ts" },
    outdir: TARGET,
    format: "iife",
    plugins: [...options.plugins, hostPackages],
    write: false,
  });
  const [script, styles] = [".js", ".css"].map(
    (suffix) => outputFiles.find(({ path }) => path.endsWith(suffix)).text,
  );
  // One file, so that no view is drawn before its styles are loaded.
  const bundle = await shortened(`((STYLES) => {\n${script}})(${JSON.stringify(styles)});\n`);
  const hash = createHash("sha256").update(bundle).digest("hex").slice(0, 20);
  const entry = `static/remoteEntry.${hash}.js`;

  await mkdir(`${TARGET}static`, { recursive: true });
  await writeFile(`${TARGET}${entry}`, bundle);
  // JupyterLab's editor of settings reads it from the path that is the id of the plugin.
  const schemas = `${TARGET}schemas/${NAME}/`;
  await mkdir(schemas, { recursive: true });
  await copyFile(
    new URL("src/hosts/lab/settings.schema.json", import.meta.url),
    `${schemas}panel.json`,
  );
  await writeJson("package.json", await description(entry));
  await writeJson("install.json", {
    packageManager: "python",
    packageName: NAME,
    uninstallInstructions: `Use your Python package manager (pip, conda, ...) to uninstall ${NAME}.`,
  });
  // Last, so that a running server always finds one of the two.
  for (const name of await readdir(`${TARGET}static`)) {
    if (!entry.endsWith(name)) await rm(`${TARGET}static/${name}`);
  }
  return `${TARGET}${entry}`;
}

async function description(entry) {
  const project = await readFile(new URL("../pyproject.toml", import.meta.url), "utf8");
  return {
    name: NAME,
    version: /^version = "(.+)"$/m.exec(project)[1],
    description: "Live views of agent runs: in cells, in a side panel, in tabs",
    license: "MIT",
    jupyterlab: {
      extension: true,
      mimeExtension: true,
      _build: { load: entry, extension: "./extension", mimeExtension: "./mimeExtension" },
    },
  };
}

async function writeJson(name, content) {
  await writeFile(`${TARGET}${name}`, `${JSON.stringify(content, null, 2)}\n`);
}
