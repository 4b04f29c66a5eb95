// The rules of agents are loaded before the first event of one.

import { setLoader } from "../../../src/model/agents/on-demand.js";

export function loadRulesOnDemand(): void {
  setLoader(() => import("./rules.js"));
}
