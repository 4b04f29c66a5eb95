// What `<realtime-sprint>` loads when it is shown.

import { loadPartsOnDemand } from "./parts/on-demand.js";

export { mount } from "../../src/view/mount.js";
export { ConfiguredSource } from "./server.js";

loadPartsOnDemand();
