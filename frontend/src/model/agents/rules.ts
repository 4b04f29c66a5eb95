// The rules by which the events of agents are reduced to what they do, as one part that can be loaded.

export { isOfRun, reduceAgentEvent } from "./reducer.js";
export { emptyWork, workOf } from "./work.js";
