// @vitest-environment happy-dom
import { render } from "preact";
import { afterEach, expect, it } from "vitest";
import type { CodeName, LoadCode } from "../../../src/feeds/code-loader.js";
import { CodeLoader, useCode } from "../../../src/view/on-demand/use-code.js";

const words = () => document.body.textContent;

afterEach(() => render(null, document.body));

function Part({ name = "charts" }: { name?: CodeName }) {
  const { code, failure, retry } = useCode(name);
  if (code) return <p>{Object.keys(code).join()}</p>;
  return (
    <button type="button" onClick={retry}>
      {failure ?? "loading"}
    </button>
  );
}

it("a part that cannot be loaded can be tried again, and gets the modules of the bundle", async () => {
  const names: string[] = [];
  let attempts = 0;
  const load: LoadCode = async () => {
    attempts += 1;
    if (attempts === 1) throw new Error("no network");
    return {
      hash: "",
      make: (shared) => {
        names.push(...Object.keys(shared("preact/jsx-runtime") as object));
        return { StyledCharts: Part };
      },
    };
  };
  const view = (
    <CodeLoader.Provider value={load}>
      <Part />
      <Part />
    </CodeLoader.Provider>
  );
  render(view, document.body);
  await expect.poll(words).toBe("no networkno network");

  document.querySelector("button")?.click();

  await expect.poll(words).toContain("StyledCharts");
  expect(names).toContain("jsx");
});

it("a part is prepared in another task than that which makes it, before it is drawn", async () => {
  const tasks: string[] = [];
  const load: LoadCode = async () => ({
    hash: "",
    make: () => {
      tasks.push("made");
      setTimeout(() => tasks.push("next task"));
      return { prepare: () => tasks.push(`prepared: ${words()}`), Files: Part };
    },
  });
  const view = (
    <CodeLoader.Provider value={load}>
      <Part name="files" />
    </CodeLoader.Provider>
  );
  render(view, document.body);

  await expect.poll(words).toContain("Files");
  expect(tasks).toEqual(["made", "next task", "prepared: loading"]);
});
