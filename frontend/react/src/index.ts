// The public names of the package.

export type { ConnectionState } from "../../src/feeds/feed.js";
export type { LogLine } from "../../src/model/log-line.js";
export type { OpenQuestion, RunState } from "../../src/protocol/messages.gen.js";
export type { Status } from "../../src/protocol/messages.js";
export type { RunsState } from "../../src/runs/source.js";
export type { RunLinks } from "../../src/view/links.js";
export type { ViewState } from "../../src/view/mount.js";
export { SprintList, SprintStatus, SprintView } from "./components.js";
export type { Sprints } from "./list.js";
export type { SprintListProps } from "./list-view.js";
export { RealtimeProvider, type RealtimeProviderProps } from "./provider.js";
export type { ServerOptions } from "./server.js";
export type { SprintStatusProps } from "./sprint-brief.js";
export type { AgentText, MetricSummary, Progress } from "./sprint-state.js";
export type { SprintViewProps } from "./sprint-view.js";
export type { GetTicket } from "./tickets.js";
export { type Sprint, type SprintMessage, type UseSprintOptions, useSprint } from "./use-sprint.js";
export { useSprints } from "./use-sprints.js";
