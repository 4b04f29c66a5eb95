// Shows one state of the view, or of the list of runs: ?state=busy&theme=light|dark|none&width=600&height=480px

import "../src/view/styles.css";
import "../src/runs/runs.css";
import "./lab-theme.css";
import "../src/model/agents/loaded.js";
import "../src/view/on-demand/agents-loaded.js";
import { mountRuns } from "../src/runs/mount.js";
import { mount } from "../src/view/mount.js";
import { FakeSource } from "./fake-source.js";
import { LISTS } from "./lists.js";
import { STATES } from "./states.js";

const query = new URLSearchParams(location.search);
const theme = query.get("theme") ?? "light";
const name = query.get("state") ?? "";
const script = STATES.get(name);
const list = LISTS.get(name);

if (theme !== "none") document.body.setAttribute("data-jp-theme-light", String(theme === "light"));

const host = document.createElement("div");
host.style.maxWidth = `${query.get("width") ?? 760}px`;
document.body.append(host);

if (script) {
  mount(host, new FakeSource(script), {
    sprintId: "nightly-eval",
    maxHeight: query.get("height") ?? "",
    links: query.has("links") ? { href: (other) => `?run=${other ?? ""}` } : undefined,
  });
} else if (list) {
  mountRuns(host, list(), { open: () => undefined, openNotebook: () => undefined });
} else {
  for (const state of [...STATES.keys(), ...LISTS.keys()]) {
    const link = document.createElement("a");
    link.href = `?state=${state}&theme=${theme}`;
    link.textContent = state;
    link.style.display = "block";
    host.append(link);
  }
}
