// What is loaded with the first run in brief.

export * from "./core.js";
export { Brief } from "./sprint-brief.js";
