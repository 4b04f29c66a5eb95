// What draws charts, with what each run needs, so that the bundler makes one file of that.

export * from "../../../src/view/metrics/charts.js";
export * from "../client.js";
