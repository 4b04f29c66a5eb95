// What is loaded with the first list of runs.

export { RunsSource } from "../../src/runs/source.js";
export * from "./core.js";
