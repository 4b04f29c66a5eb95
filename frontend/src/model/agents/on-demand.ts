// When the rules of agents are loaded: with the code of a host (`loaded.ts`), or before the first
// event of an agent is applied, where a host sets how (`setLoader`). Most of what a run takes of a
// page's download is in them, and a run without agents does not need them.

import type { Notice } from "../../protocol/notices.js";

type Rules = Pick<
  typeof import("./rules.js"),
  "isOfRun" | "reduceAgentEvent" | "emptyWork" | "workOf" | "handlerOf"
>;

let rules: Rules | null = null;
let loader: (() => Promise<Rules>) | null = null;

export function setRules(loaded: Rules): void {
  rules = loaded;
}

/** Set what loads the rules; it may be called again after it has failed. */
export function setLoader(load: () => Promise<Rules>): void {
  loader = load;
}

/** The rules; an error where an event of an agent is applied before they are loaded. */
export function agentRules(): Rules {
  if (rules === null) throw new Error("The rules of agents are not loaded.");
  return rules;
}

export async function loadRules(): Promise<void> {
  if (rules === null && loader !== null) rules = await loader();
}

/** Number of the first notices that can be applied with what is loaded. */
export function countApplicable(notices: readonly Notice[]): number {
  if (rules !== null) return notices.length;
  const index = notices.findIndex(needsRules);
  return index < 0 ? notices.length : index;
}

function needsRules(notice: Notice): boolean {
  switch (notice.kind) {
    case "events":
      return notice.events.some(isOfAgent);
    case "state":
      return notice.state.agents !== null;
    case "direct":
      return isOfAgent(notice.event);
    default:
      return false;
  }
}

export function isOfAgent({ type }: { type: string }): boolean {
  return type === "agent_message";
}
