// Removes the declarations that no entry of the package refers to: those of the views' inner parts.
import { existsSync } from "node:fs";
import { readdir, readFile, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";

/** Keep what is reachable from these modules of react/src, below the folder `types`. */
export async function keepReachable(types, entries) {
  const kept = new Set();
  const visit = async (path) => {
    if (kept.has(path) || !existsSync(path)) return;
    kept.add(path);
    const text = await readFile(path, "utf8");
    for (const [, target] of text.matchAll(/(?:from |import\()"(\.[^"]+)\.js"/g)) {
      await visit(resolve(dirname(path), `${target}.d.ts`));
    }
  };
  for (const entry of entries) await visit(resolve(types, "react/src", `${entry}.d.ts`));
  for (const file of await readdir(types, { recursive: true, withFileTypes: true })) {
    const path = resolve(join(file.parentPath, file.name));
    if (file.isFile() && !kept.has(path)) await rm(path);
  }
}
