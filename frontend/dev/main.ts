// Shows one state of the view: ?state=busy&theme=light|dark|none&width=600&height=480px

import "../src/ui/styles.css";
import "./lab-theme.css";
import { mount } from "../src/mount.js";
import { FakeSource } from "./fake-source.js";
import { STATES } from "./states.js";

const query = new URLSearchParams(location.search);
const theme = query.get("theme") ?? "light";
const name = query.get("state") ?? "";
const script = STATES.get(name);

if (theme !== "none") document.body.setAttribute("data-jp-theme-light", String(theme === "light"));

if (script) {
  const host = document.createElement("div");
  host.style.maxWidth = `${query.get("width") ?? 760}px`;
  document.body.append(host);
  mount(host, new FakeSource(script), {
    sprintId: "nightly-eval",
    maxHeight: query.get("height") ?? "",
  });
} else {
  for (const state of STATES.keys()) {
    const link = document.createElement("a");
    link.href = `?state=${state}&theme=${theme}`;
    link.textContent = state;
    link.style.display = "block";
    document.body.append(link);
  }
}
