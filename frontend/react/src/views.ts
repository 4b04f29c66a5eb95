// What is loaded with the first view: the views, which are larger than all the rest.

/*! Contains Preact, (c) Jason Miller, and marked, (c) MarkedJS and Christopher Jeffrey; MIT licences. */
export * from "./core.js";
export { List } from "./list-view.js";
export { View } from "./sprint-view.js";
