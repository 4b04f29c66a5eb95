// What is loaded with the first run.

import { loadRulesOnDemand } from "./parts/rules-on-demand.js";

export * from "./client.js";

loadRulesOnDemand();
