// Tests our own lint rule, which keeps HTML out of the view.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";

const UNSAFE = [
  "element.innerHTML = text;",
  "element.innerHTML += text;",
  'element["innerHTML"] = text;',
  "element.outerHTML = text;",
  'element.insertAdjacentHTML("beforeend", text);',
  "element.setHTMLUnsafe(text);",
  "frame.srcdoc = text;",
  "range.createContextualFragment(text);",
  'parser.parseFromString(text, "text/html");',
  "document.write(text);",
];

const SAFE = ["element.textContent = text;", "element.append(text);", "read(element.innerHTML);"];

it("every way to parse HTML from a string is refused, and text is not", () => {
  const folder = mkdtempSync(join(tmpdir(), "no-unsanitized-"));
  try {
    const file = join(folder, "example.ts");
    writeFileSync(file, [...UNSAFE, ...SAFE].join("\n"));

    const { stdout } = spawnSync(
      join("node_modules", ".bin", "biome"),
      ["lint", "--config-path=.", "--reporter=json", "--max-diagnostics=none", file],
      { encoding: "utf8" },
    );

    const report: { diagnostics: Finding[] } = JSON.parse(stdout);
    const found = report.diagnostics.filter(({ category }) => category === "plugin");
    expect(found.map(lineOf).sort((a, b) => a - b)).toEqual(UNSAFE.map((_, index) => index + 1));
  } finally {
    rmSync(folder, { recursive: true });
  }
});

interface Finding {
  category: string;
  location: { start: { line: number } };
}

function lineOf({ location }: Finding): number {
  return location.start.line;
}
