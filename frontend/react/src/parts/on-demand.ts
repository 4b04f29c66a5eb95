// The parts of runs and views that are loaded when they are needed first: chunks of this package, as
// the address of a server's own files is not known to the bundler of a page.

import { setLoaders } from "../../../src/view/on-demand/use-code.js";
import { loadRulesOnDemand } from "./rules-on-demand.js";

export function loadPartsOnDemand(): void {
  loadRulesOnDemand();
  setLoaders({
    agents: () => import("./agents.js"),
    charts: () => import("./charts.js"),
    files: () => import("./files.js"),
  });
}
