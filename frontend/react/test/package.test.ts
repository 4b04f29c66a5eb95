import { readFileSync } from "node:fs";
import { expect, it } from "vitest";

it("the package has the version of the project, which releases both", () => {
  const project = readFileSync("../pyproject.toml", "utf8");
  const { version } = JSON.parse(readFileSync("react/package.json", "utf8"));

  expect(/^version = "(.+)"$/m.exec(project)?.[1]).toBe(version);
});
