// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, it } from "vitest";
import type { RealtimeSprintElement } from "../src/element.js";
import { type MockServer, mockServer } from "../src/testing.js";
import "../src/element.js";

let server: MockServer;

beforeEach(() => {
  server = mockServer();
});

afterEach(() => {
  document.body.replaceChildren();
  server.restore();
});

function append(html: string): RealtimeSprintElement {
  const template = document.createElement("div");
  // biome-ignore lint/plugin: a page's own HTML is what is tested
  template.innerHTML = html;
  const element = template.firstElementChild as RealtimeSprintElement;
  document.body.append(element);
  return element;
}

it("shows the run of its attributes", async () => {
  server.sprint("in-element").publish({ type: "status_update", status: "running" });

  const element = append('<realtime-sprint sprint-id="in-element" url="/realtime/">');

  await expect.poll(() => element.textContent).toContain("Running");
  expect(server.sockets).toHaveLength(1);
});

it("loads the code for agents with their first event", async () => {
  const event = {
    type: "TEXT_MESSAGE_CHUNK",
    messageId: "m",
    role: "assistant",
    delta: "Found it.",
  };
  server.sprint("agents-run").publish({ type: "agent_message", agent: "planner", event });

  const element = append('<realtime-sprint sprint-id="agents-run" url="/realtime/">');

  await expect.poll(() => element.textContent).toContain("Found it.");
});

it("shows another run where its attribute changes, over one socket at a time", async () => {
  const element = append('<realtime-sprint sprint-id="first-run" url="/realtime/">');
  await expect.poll(() => server.sprint("first-run").connections).toBe(1);

  element.sprintId = "second-run";

  await expect.poll(() => element.textContent).toContain("second-run");
  expect(element.querySelectorAll(".realtime-widgets")).toHaveLength(1);
});

it("fires `change` with the state of the view, and ends when it is removed", async () => {
  const element = append('<realtime-sprint sprint-id="changing" url="/realtime/">');
  const states: string[] = [];
  element.addEventListener("change", (event) => states.push((event as CustomEvent).detail.status));
  await expect.poll(() => server.sprint("changing").connections).toBe(1);

  server.sprint("changing").publish({ type: "status_update", status: "succeeded" });
  await expect.poll(() => states.at(-1)).toBe("succeeded");
  element.remove();

  await expect.poll(() => server.sprint("changing").connections).toBe(0);
  expect(element.textContent).toBe("");
});

it("takes its tickets from `getTicket`", async () => {
  const element = append('<realtime-sprint sprint-id="with-ticket" url="/realtime/">');
  element.getTicket = async () => "abc";

  await expect.poll(() => server.sockets[0]?.sent[0]).toMatchObject({ ticket: "abc" });
});
