// What draws the files of a run.

export * from "../../../src/view/files/files-part.js";
export * from "../client.js";
