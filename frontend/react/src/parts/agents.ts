// What draws agents, with what each run needs, so that the bundler makes one file of that.

export * from "../../../src/view/on-demand/agents.js";
export * from "../client.js";
