// What draws the files of a run, with what each run needs, so that the bundler makes one file of that.

export * from "../../../src/view/files/files-part.js";
export * from "../client.js";
