// The steps of a run as one tree: the tasks that report progress, and the steps of agents.
//
// Each is in it once. A task that was reported within a step is a part of it; of the other steps
// the nearest step around one is known from the timeline. Calls of models and tools are not steps
// of the run: the timeline has them.

import type { Run } from "../../model/run.js";
import { type Branch, shareDone, type Tasks } from "../../model/tasks.js";
import type { TimelineNode, Work } from "../../model/timeline/node.js";
import type { Timeline } from "../../model/timeline.js";
import { stateOf } from "../node-state.js";

export type Look = "running" | "succeeded" | "failed" | "stopped";

export interface Step {
  /** Unique in the tree. */
  key: string;
  name: string;
  /** What it was reported to be; null where only its parts were reported. */
  look: Look | null;
  /** The task that it is; null for a step of an agent. */
  task: Branch | null;
  /** When it began, and when it ended or was last reported, in milliseconds since 1970. */
  began: number | null;
  until: number | null;
  parts: Step[];
}

/** The work of agents that is not a step of the run. */
const CALLS = new Set<Work | null>(["model", "tool", "embedding"]);

/** How deep the tree is; deeper steps are beside the last one of these. */
const MAX_DEPTH = 100;

/** The tree of the newest attempt, from the first step on. */
export function stepTree({ tasks, timeline }: Run): Step[] {
  const { nodes, attemptStart } = timeline;
  return treeOf(
    timeline,
    nodes.filter(({ n }) => n >= attemptStart),
    tasks,
  );
}

/** That of an older attempt, as far as the view has its events. */
export function pastStepTree(
  { attempt: newest, pastTasks, timeline }: Run,
  attempt: number,
): Step[] {
  return treeOf(timeline, timeline.nodesOf(newest - attempt), pastTasks.of(attempt));
}

function treeOf(timeline: Timeline, nodes: readonly TimelineNode[], tasks: Tasks): Step[] {
  const roots: Step[] = [];
  const byNode = new Map<number, Step>();
  const byId = new Map<string, Step>();
  /** Where the parts of a step are put, and how deep that is. */
  const levels = new Map<Step, { depth: number; parts: Step[] }>();
  for (const node of nodes) {
    if (node.kind !== "step" || CALLS.has(node.work)) continue;
    const step = stepOf(node);
    byNode.set(node.n, step);
    if (node.id !== "") byId.set(node.id, step);
    const above = around(node, timeline, byNode);
    const { depth, parts } = (above && levels.get(above)) ?? { depth: 1, parts: roots };
    parts.push(step);
    levels.set(
      step,
      depth < MAX_DEPTH ? { depth: depth + 1, parts: step.parts } : { depth, parts },
    );
  }
  const hasSteps = roots.length > 0;
  for (const branch of tasks.tree()) {
    const within = branch.step === null ? undefined : byId.get(branch.step);
    (within?.parts ?? roots).push(stepOfTask(branch));
  }
  return hasSteps ? roots.toSorted(byBeginning) : roots;
}

/** The look of a step: its own state, else that of its parts. */
export function lookOf({ look, parts }: Step, isOver: boolean): Look {
  if (look !== null) return look === "running" && isOver ? "stopped" : look;
  const looks = new Set(parts.map((part) => lookOf(part, isOver)));
  return WORST_FIRST.find((each) => looks.has(each)) ?? "succeeded";
}

const WORST_FIRST: Look[] = ["running", "failed", "stopped", "succeeded"];

/** Whether a step, or one of its parts, has not ended. */
export function isUnfinished({ look, parts }: Step): boolean {
  return look === "running" || parts.some(isUnfinished);
}

export function hasFailed({ look, parts }: Step): boolean {
  return look === "failed" || parts.some(hasFailed);
}

/** The share that is done, 0 to 1; null where that is not known. */
export function shareOf({ look, task, parts }: Step): number | null {
  if (look === null) return averageShare(parts);
  return task?.state ? shareDone(task.state) : null;
}

/** The share of all steps together, each counted alike; null where one of them is not known. */
function averageShare(steps: readonly Step[]): number | null {
  let sum = 0;
  for (const step of steps) {
    const share = isUnfinished(step) ? shareOf(step) : 1;
    if (share === null) return null;
    sum += share;
  }
  return steps.length > 0 ? sum / steps.length : null;
}

/** The share of a run that is done, by the steps at its top that have not ended. */
export function overallShare(tree: readonly Step[]): number | null {
  return averageShare(tree.filter((step) => isUnfinished(step) && shareOf(step) !== null));
}

/** From the first beginning to the last end of these steps; null where that is not known. */
export function spanOf(steps: readonly Step[]): { from: number; to: number } | null {
  const timed = steps.flatMap(timedBy);
  const began = timed.flatMap((step) => step.began ?? []);
  const until = timed.flatMap((step) => step.until ?? []);
  if (began.length === 0 || until.length === 0) return null;
  return { from: Math.min(...began), to: Math.max(...until) };
}

/** The steps that a step is timed by: itself, else its parts. */
function timedBy(step: Step): Step[] {
  return step.look === null ? step.parts.flatMap(timedBy) : [step];
}

function stepOf(node: TimelineNode): Step {
  return {
    key: `step ${node.n}`,
    name: node.title,
    look: lookOfNode(node),
    task: null,
    began: node.startedAt,
    until: node.endedAt,
    parts: [],
  };
}

function stepOfTask(branch: Branch): Step {
  const { key, name, state, parts } = branch;
  const milliseconds = (time: number | null | undefined) => (time == null ? null : time * 1000);
  return {
    key,
    name,
    look: state?.state ?? null,
    task: branch,
    began: milliseconds(state?.began),
    until: milliseconds(state?.updated),
    parts: parts.map(stepOfTask),
  };
}

function lookOfNode(node: TimelineNode): Look {
  switch (stateOf(node, true)) {
    case "open":
    case "running":
      return "running";
    case "failed":
      return "failed";
    case "done":
    case "answered":
      return "succeeded";
    default:
      return "stopped";
  }
}

/** The nearest step around a node. */
function around(
  node: TimelineNode,
  timeline: Timeline,
  steps: ReadonlyMap<number, Step>,
): Step | undefined {
  const seen = new Set<number>();
  for (let at = node.parent; at !== null && !seen.has(at); at = timeline.node(at)?.parent ?? null) {
    const step = steps.get(at);
    if (step) return step;
    seen.add(at);
  }
  return undefined;
}

function byBeginning(a: Step, b: Step): number {
  return a.began === null || b.began === null ? 0 : a.began - b.began;
}
