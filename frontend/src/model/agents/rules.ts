// The rules by which the events of agents are reduced, to what they do and to the nodes of a timeline,
// as one part that can be loaded.

export { handlerOf } from "../timeline/handlers.js";
export { isOfRun, reduceAgentEvent } from "./reducer.js";
export { emptyWork, workOf } from "./work.js";
