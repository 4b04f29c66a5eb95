// @vitest-environment happy-dom
import { render } from "preact";
import { expect, it, vi } from "vitest";
import { Timeline } from "../../../src/model/timeline.js";
import { Unloaded } from "../../../src/view/on-demand/unloaded.js";

it("what agents do is plain text, with the reason, where the code for it cannot be loaded", () => {
  const timeline = new Timeline();
  const add = (event: object) => timeline.add({ agent: "planner", event: event as never }, null);
  add({ type: "TEXT_MESSAGE_CHUNK", messageId: "m", delta: "I look it **up**." });
  add({ type: "TOOL_CALL_START", toolCallId: "t", toolCallName: "sql" });
  add({ type: "TOOL_CALL_RESULT", toolCallId: "t", content: "no rows" });
  const retry = vi.fn();

  render(
    <Unloaded nodes={timeline.nodes} isLive failure="refused by the policy" retry={retry} />,
    document.body,
  );

  const text = document.body.textContent;
  for (const part of ["refused by the policy", "I look it **up**.", "tool · sql", "no rows"]) {
    expect(text).toContain(part);
  }
  document.querySelector("button")?.click();
  expect(retry).toHaveBeenCalledOnce();
});

it("nothing is drawn as plain text while the code is being loaded", () => {
  render(<Unloaded nodes={[]} isLive failure={null} retry={() => undefined} />, document.body);

  expect(document.body.textContent).toBe("Loading …");
});
