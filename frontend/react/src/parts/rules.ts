// The rules of agents, with what each run needs, so that the bundler makes one file of that.

export * from "../../../src/model/agents/rules.js";
export * from "../client.js";
