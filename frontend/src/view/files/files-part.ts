// All that only files need, as one part that can be loaded: most runs show no values.

export { Files } from "./files.js";
