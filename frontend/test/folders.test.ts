// Imports between the folders of src/ point downwards only, and none runs in a circle. biome.jsonc
// states both rules; here files that break them are planted in an empty project.
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, expect, it } from "vitest";

/** From the bottom up; folders of one row are independent of each other. */
const ROWS = [
  ["terminal", "protocol", "server"],
  ["model"],
  ["feeds"],
  ["ui"],
  ["view", "runs"],
  ["hosts"],
];
const FOLDERS = ROWS.flat();

const project = mkdtempSync(join(tmpdir(), "folders-"));
afterAll(() => rmSync(project, { recursive: true }));
cpSync("biome.jsonc", join(project, "biome.jsonc"));
cpSync("lint", join(project, "lint"), { recursive: true });

it("every folder of src has its place in the order", () => {
  const entries = readdirSync("src", { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  expect(folders.toSorted()).toEqual(FOLDERS.toSorted());
});

it("a folder imports folders below it, and no other", () => {
  for (const folder of FOLDERS)
    plant(`src/${folder}/planted.ts`, ...FOLDERS.map((to) => `../${to}/x.js`));

  const found = findings("style/noRestrictedImports").map(({ path, start }) => {
    return `${path.split("/")[1]} imports ${FOLDERS[start.line - 1]}`;
  });

  const upwards = ROWS.slice(0, -1).flatMap((row, index) =>
    row.flatMap((folder) =>
      [row, ...ROWS.slice(index + 1)].flat().map((to) => `${folder} imports ${to}`),
    ),
  );
  expect(found.toSorted()).toEqual(upwards.toSorted());
});

it("a circle of types is refused", () => {
  plant("src/model/a.ts", "./b.js");
  plant("src/model/b.ts", "./a.js");

  const found = findings("suspicious/noImportCycles").map(({ path }) => path);

  expect(found.toSorted()).toEqual(["src/model/a.ts", "src/model/b.ts"]);
});

function plant(path: string, ...imported: string[]): void {
  mkdirSync(resolve(project, path, ".."), { recursive: true });
  const lines = imported.map((from) => `export type { Kind } from "${from}";`);
  writeFileSync(join(project, path), lines.join("\n"));
}

interface Location {
  path: string;
  start: { line: number };
}

function findings(rule: string): Location[] {
  const { stdout } = spawnSync(
    resolve("node_modules", ".bin", "biome"),
    ["lint", `--only=${rule}`, "--reporter=json", "--max-diagnostics=none", "src"],
    { encoding: "utf8", cwd: project },
  );
  const report: { diagnostics: { location: Location }[] } = JSON.parse(stdout);
  return report.diagnostics.map(({ location }) => location);
}
