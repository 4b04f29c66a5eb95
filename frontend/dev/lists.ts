// The states of the list of runs, for visual review.

import type { RunState } from "../src/protocol/messages.gen.js";
import type { Runs, RunsState } from "../src/runs/source.js";
import { agentWork, runState, taskState, tokenUsage } from "./run-state.js";

const ago = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString();

const task = (current: number, total: number | null) => taskState({ current, total });

const ended = (status: RunState["status"], secondsAgo: number, fields: Partial<RunState> = {}) =>
  runState({
    status,
    started: ago(secondsAgo + 140),
    ended: ago(secondsAgo),
    updated: ago(secondsAgo),
    program: "nightly.py",
    head: 1_204,
    ...fields,
  });

const dollars = (amount: number) => ({ currency: "USD", amount, sources: ["provider"] });

const spent = (amount: number | null) => ({
  usage: [tokenUsage({ input_tokens: 12_100, output_tokens: 2_100 })],
  costs: amount === null ? [] : [dollars(amount)],
  is_lower_bound: amount === null,
});

const MIXED: RunState[] = [
  runState({
    sprint_id: "support-agent",
    started: ago(31),
    notebook: "agents/support.ipynb",
    agents: agentWork({
      tools: 7,
      failed_tools: 1,
      sums: spent(0.031),
      path: ["answer", "look up"],
    }),
    warnings: 1,
    last_line: { level: "warning", text: "the charges API answered after 2.3 s" },
  }),
  ended("succeeded", 900, {
    sprint_id: "refund-agent",
    last_line: { level: "info", text: "3 duplicate charges refunded, 59.97 USD in all" },
    agents: agentWork({ tools: 5, sums: spent(null) }),
  }),
  runState({
    sprint_id: "nightly-eval",
    started: ago(125),
    notebook: "research/train with a long name.ipynb",
    user: "alice",
    tasks: [task(62, 100)],
    last_line: { level: "info", text: "epoch 3 batch 62 loss 0.0208" },
  }),
  runState({ sprint_id: "index-docs", started: ago(4_000), attempt: 3, tasks: [task(9, null)] }),
  runState({
    sprint_id: "deploy",
    status: "needs_input",
    message: "Deploy to production?",
    started: ago(60),
    notebook: "deploy.ipynb",
  }),
  runState({
    sprint_id: "a-run-with-a-name-as-long-as-names-may-be-0123456789-0123456789",
    status: "lost",
    created: ago(900),
    last_seen: Date.now() / 1000 - 130,
    tasks: [task(3, 4)],
  }),
  runState({
    sprint_id: "sweep-3",
    started: ago(346),
    disconnected_at: Date.now() / 1000 - 3,
    notebook: "research/sweep.ipynb",
    user: "alice",
    tasks: [task(934, 1_500)],
  }),
  runState({
    sprint_id: "sweep-2",
    status: "lost",
    started: ago(700),
    last_seen: Date.now() / 1000 - 64,
    cause: "kernel_died",
    notebook: "research/sweep.ipynb",
    user: "alice",
    tasks: [task(90, 1_500)],
  }),
  ended("failed", 200, {
    sprint_id: "train-7",
    message: "ValueError: the validation set is empty\nTraceback",
    notebook: "research/train.ipynb",
    tasks: [task(16, 100)],
    logs: 50_010,
    warnings: 49,
    errors: 6,
  }),
  runState({ sprint_id: "just-a-log", status: "pending", created: ago(300), updated: ago(300) }),
  ended("succeeded", 4_000, { sprint_id: "train-6", user: "bob" }),
  ended("cancelled", 90_000, { sprint_id: "train-5", tasks: [task(43, 100)] }),
];

const MANY = Array.from({ length: 1_000 }, (_, n) =>
  ended(n % 9 === 4 ? "failed" : "succeeded", n * 420, { sprint_id: `train-${1_000 - n}` }),
);

function list(
  runs: RunState[],
  state: RunsState = { phase: "live" },
  keptInMemoryBecause: string | null = null,
): Runs {
  let notify: () => void = () => undefined;
  const source = {
    url: "http://dev/",
    runs,
    state,
    ids: [],
    withoutNotebook: new Set(["train-7"]),
    kernels: null,
    keptInMemoryBecause,
    asOf: state.phase === "live" ? null : Date.now() - 20_000,
    get now() {
      return source.asOf ?? Date.now();
    },
    listen: (onChange: () => void) => {
      notify = onChange;
      return () => undefined;
    },
    retry: () => undefined,
    refresh: () => undefined,
    reply: async () => undefined,
    delete: async (sprintId: string) => {
      source.runs = source.runs.filter((run) => run.sprint_id !== sprintId);
      notify();
    },
  };
  return source;
}

const AWAY = "The server cannot be reached.";

export const LISTS = new Map<string, () => Runs>([
  ["list", () => list(MIXED)],
  ["list-many", () => list(MANY)],
  ["list-empty", () => list([])],
  ["list-loading", () => list([], { phase: "loading" })],
  [
    "list-away",
    () => list(MIXED, { phase: "unreachable", why: AWAY, retryAt: performance.now() + 12_000 }),
  ],
  [
    "list-logged-out",
    () => list(MIXED, { phase: "refused", why: "You are not logged in to this server." }),
  ],
  ["list-missing", () => list([], { phase: "not_installed" })],
  ["list-in-memory", () => list(MIXED, { phase: "live" }, "another server uses the file")],
]);
