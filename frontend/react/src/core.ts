// What a page loads first. What is loaded later exports it too, so that the bundler makes one file of
// it: two would be larger, and would be two requests.

export { onDemand } from "./on-demand.js";
export { useSource } from "./provider.js";
export { useSprint } from "./use-sprint.js";
