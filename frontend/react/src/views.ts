// What is loaded with the first view: the views, which are larger than all the rest.

/*! Contains Preact, (c) Jason Miller, and marked, (c) MarkedJS and Christopher Jeffrey, MIT
 * licences; and @speed-highlight/core, CC0. */
import { loadPartsOnDemand } from "./parts/on-demand.js";

// With what each run needs, so that the bundler makes one file of that.
export * from "./client.js";
export { List } from "./list-view.js";
export { View } from "./sprint-view.js";

loadPartsOnDemand();
