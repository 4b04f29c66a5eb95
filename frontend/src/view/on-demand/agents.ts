// All that only runs with agents need, as one part that can be loaded.

export { SharedStates } from "../state/shared-states.js";
export { prepareLexer as prepare } from "../timeline/markdown/lexing.js";
export { Markdown } from "../timeline/markdown/markdown.js";
export { Timeline } from "../timeline/timeline.js";
export { Waterfall } from "../waterfall/waterfall.js";
export { spansOf } from "../waterfall/waterfall-rows.js";
