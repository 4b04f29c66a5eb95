import { expect, it, vi } from "vitest";
import { load, shared } from "../../../src/hosts/lab/share.js";

const version = (content: unknown, more = {}) => ({
  get: vi.fn(async () => () => content),
  ...more,
});

it("a package has the version that the page has loaded", async () => {
  const scope = { running: { "4.0.0": version("old", { loaded: 1 }), "4.10.0": version("new") } };

  await load(scope, ["running"]);

  expect(shared("running")).toBe("old");
});

it("a package that is not loaded yet has the newest version", async () => {
  const scope = { waiting: { "4.9.0": version("old"), "4.10.0": version("new") } };

  await load(scope, ["waiting"]);

  expect(shared("waiting")).toBe("new");
});

it("a package is loaded once", async () => {
  const once = version("once");

  await load({ once: { "1.0.0": once } }, ["once"]);
  await load({ once: { "1.0.0": once } }, ["once"]);

  expect(once.get).toHaveBeenCalledOnce();
});

it("a package that the page does not share is named in the error", async () => {
  await expect(load({}, ["@jupyterlab/notebook"])).rejects.toThrow("share @jupyterlab/notebook");
});

it("a package that was not loaded is an error, not undefined", () => {
  expect(() => shared("@lumino/other")).toThrow("@lumino/other was not loaded");
});
