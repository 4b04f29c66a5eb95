// The states of the view, for visual review.

import type { RunState, TaskState } from "../src/protocol/messages.gen.js";
import type { AnyEvent, Level, Status } from "../src/protocol/messages.js";
import type { Script, Stage } from "./fake-source.js";
import { runState, taskState } from "./run-state.js";

const status = (value: Status, message: string | null = null, more = {}): AnyEvent => ({
  type: "status_update",
  status: value,
  message,
  ...more,
});

const start = (attempt: string): AnyEvent => status("running", null, { attempt });

const lost = (secondsAgo: number, cause: RunState["cause"] = null): AnyEvent =>
  status("lost", "no heartbeat from any publisher for 41 s", {
    last_seen: Date.now() / 1000 - secondsAgo,
    cause,
  });

/** A busy run that began so many seconds ago. */
function busy(stage: Stage, secondsAgo: number): void {
  stage.state({ phase: "connected" });
  stage.ago(secondsAgo, start("a"), log("loading data", "info", "train.py"));
  tasks(stage);
  conversation(stage);
  stage.ago(3, log("batch 934 loss 0.31"));
}

const log = (message: string, level: Level = "info", source: string | null = null): AnyEvent => ({
  type: "log",
  message,
  level,
  source,
});

const progress = (task: string, current: number, total: number | null, more = {}): AnyEvent => ({
  type: "build_progress",
  task,
  current,
  total,
  time: Date.now() / 1000,
  ...more,
});

const agent = (name: string, type: string, fields = {}): AnyEvent => ({
  type: "agent_message",
  agent: name,
  event: { type, ...fields },
});

const message = (id: string, name: string, delta: string): AnyEvent[] => [
  agent(name, "TEXT_MESSAGE_START", { messageId: id, role: "assistant" }),
  agent(name, "TEXT_MESSAGE_CONTENT", { messageId: id, delta }),
  agent(name, "TEXT_MESSAGE_END", { messageId: id }),
];

const call = (
  id: string,
  name: string,
  tool: string,
  args: object,
  content: string | null,
): AnyEvent[] => [
  agent(name, "TOOL_CALL_START", { toolCallId: id, toolCallName: tool }),
  agent(name, "TOOL_CALL_ARGS", { toolCallId: id, delta: JSON.stringify(args) }),
  agent(name, "TOOL_CALL_END", { toolCallId: id }),
  ...(content === null ? [] : [agent(name, "TOOL_CALL_RESULT", { toolCallId: id, content })]),
];

const task = (name: string, current: number, total: number | null, more = {}): TaskState => {
  const now = Date.now() / 1000;
  return taskState({ task: name, current, total, began: now - 83, updated: now, ...more });
};

const members = (id: string): RunState["members"] => ({
  left: [{ id, status: "running", message: null, is_lost: false, last_seen: null, cause: null }],
  outcome: null,
  ended_last: null,
});

/** The server's state of a run, for a view that has not received the first events. */
const stateOf = (head: number, secondsAgo: number, more: Partial<RunState> = {}): RunState =>
  runState({
    sprint_id: "nightly-eval",
    members: members("a"),
    started: new Date(Date.now() - secondsAgo * 1000).toISOString(),
    updated: new Date().toISOString(),
    head,
    ...more,
  });

const TRACEBACK = `ValueError: the validation set is empty
Traceback (most recent call last):
  File "train.py", line 88, in main
    score = evaluate(model, validation)
  File "evaluate.py", line 12, in evaluate
    raise ValueError("the validation set is empty")
ValueError: the validation set is empty`;

function tasks(stage: Stage): void {
  const begun = Date.now() / 1000 - 75;
  stage.events(
    progress("nightly", 0, 4, { unit: "stages", time: begun }),
    progress("load data", 12, 12, { unit: "files", state: "succeeded", parents: ["nightly"] }),
    progress("train", 0, 1_500, { unit: "batch", parents: ["nightly"], time: begun }),
    progress("train", 934, 1_500, { unit: "batch", parents: ["nightly"] }),
    progress("epoch 3", 34, 300, { parents: ["nightly", "train"] }),
    progress("download weights", 48_311, null, { unit: "kB", parents: ["nightly"] }),
    progress("lint", 3, 9, { state: "failed" }),
    progress("nightly", 1, 4, { unit: "stages" }),
  );
}

/** A sweep of 144 trials with parts, at trial 140. */
function sweep(stage: Stage): void {
  const now = Date.now() / 1000;
  stage.events(progress("sweep", 0, 144, { unit: "trials", time: now - 900 }));
  for (let n = 1; n <= 144; n++) {
    const name = `trial ${n}: lr=${(0.1 / n).toPrecision(2)}`;
    const parents = ["sweep"];
    const began = now - 900 + n * 6;
    stage.events(progress(name, 0, 20, { parents, unit: "epochs", time: began }));
    if (n <= 140) {
      const state = n % 47 === 0 ? "failed" : n % 30 === 0 ? "stopped" : "succeeded";
      const done = state === "succeeded" ? 20 : n % 20;
      stage.events(progress(name, done, 20, { parents, unit: "epochs", state, time: began + 5.4 }));
    } else {
      const inside = ["sweep", name];
      stage.events(
        progress(name, n % 17, 20, { parents, unit: "epochs" }),
        progress("train", 0, 312, { parents: inside, unit: "batch", time: now - 20 }),
        progress("train", 40 * (n - 139), 312, { parents: inside, unit: "batch" }),
        progress("read", 3.22e9, null, { parents: inside, unit: "B" }),
      );
    }
  }
  stage.events(progress("sweep", 140, 144, { unit: "trials" }));
}

/** Extreme lines of the log. */
function oddTasks(stage: Stage): void {
  const now = Date.now() / 1000;
  const long = "evaluate the model on the validation split of every customer that has opted in";
  const deep = ["a", "b", "c", "d", "e", "f", "g", "h"];
  stage.events(
    progress(long, 0, 3, { time: now - 30 }),
    progress(long, 1, 3),
    progress("no_blanks_in_this_name_".repeat(8), 17, null, { unit: "files" }),
    progress("more than there was to do", 12, 10, { unit: "files" }),
    progress("nothing to do", 0, 0, { state: "succeeded", time: now }),
    progress("loss", 0.00123, 1),
    progress("slow", 0, null, { time: now - 75 }),
    progress("slow", 3, null),
    progress("checkpoint", 1_234_567, 5_000_000, { unit: "B" }),
    progress("crash", 7, null, { state: "failed" }),
    progress("left", 7, null, { state: "stopped" }),
    progress("left at 2 of 3", 2, 3, { state: "stopped" }),
    progress("leaf", 1, 2, { parents: deep }),
  );
}

function conversation(stage: Stage): void {
  stage.events(
    agent("planner", "REASONING_MESSAGE_START", { messageId: "r1" }),
    agent("planner", "REASONING_MESSAGE_CONTENT", {
      messageId: "r1",
      delta: "The last run failed on the validation split. Look there first.",
    }),
    agent("planner", "REASONING_MESSAGE_END", { messageId: "r1" }),
    ...message(
      "m1",
      "planner",
      "I'll check the validation split before training.\nThree steps: load, check, train.",
    ),
    ...call(
      "t1",
      "planner",
      "read_file",
      { path: "data/validation.csv", limit: 20 },
      "id,label\n1,cat\n2,dog",
    ),
    ...call(
      "t2",
      "planner",
      "search",
      { query: "empty validation set", in: "src/", max_results: 50 },
      null,
    ),
    agent("planner", "STEP_STARTED", { stepName: "check the data" }),
    agent("planner", "STEP_FINISHED", { stepName: "check the data" }),
    agent("coder", "TEXT_MESSAGE_START", { messageId: "m2", role: "assistant" }),
    agent("coder", "TEXT_MESSAGE_CONTENT", {
      messageId: "m2",
      delta:
        "The split is fine: 1,204 rows, no label missing. Starting the training now, and I will report",
    }),
    agent("coder", "STATE_DELTA", { delta: [{ op: "add", path: "/rows", value: 1204 }] }),
  );
}

function lines(stage: Stage, count: number): void {
  const levels: Level[] = ["info", "info", "info", "debug", "info", "warning", "info", "info"];
  const events: AnyEvent[] = [];
  for (let n = 1; n <= count; n++) {
    const level = n % 97 === 0 ? "error" : (levels[n % levels.length] ?? "info");
    const loss = (2.3 * Math.exp(-n / 4000)).toFixed(4);
    const message =
      n % 7 === 0
        ? `\x1b[32m✓\x1b[0m batch \x1b[1m${n}\x1b[0m loss \x1b[36m${loss}\x1b[0m`
        : `batch ${n} loss ${loss} lr 0.0003`;
    events.push(log(message, level, n % 3 === 0 ? "train.py" : null));
  }
  stage.events(...events);
}

const running: Script = (stage) => {
  stage.state({ phase: "connected" });
  stage.events(
    status("running"),
    log("loading data", "info", "train.py"),
    log("12 files, 1.2 GB", "debug", "train.py"),
    log("\x1b[33mdeprecated:\x1b[0m use \x1b[1mDataset.load\x1b[0m", "warning", "data.py"),
    log(
      "could not reach the cache at \x1b]8;;https://example.org/cache\x1b\\example.org\x1b]8;;\x1b\\, going on without",
      "error",
      "cache.py",
    ),
    { ...log("Downloading 3 of 12 files", "info", "wget"), stream: "stderr" },
    { ...log("retrying in 5 s\n  (the server was busy)", "info", "wget"), stream: "stderr" },
    log("first line of a message\nsecond line\n  third line, indented"),
    log(
      "\x1b[7m inverse \x1b[0m \x1b[48;5;24;97m on blue \x1b[0m \x1b[38;2;255;120;0morange\x1b[0m \x1b[9mstruck\x1b[0m \x1b[3;4mitalic underlined\x1b[0m",
    ),
    log("10%\r20%\r100% |██████████| 12/12"),
    log("name\x00type\x00 \x1b[31mred\x00\x07\x1b[0m"),
    { type: "metric", name: "loss", value: 0.31 },
    log("<img src=x onerror=alert(1)> <b>not bold</b>"),
  );
};

function interrupted(stage: Stage, reason: string): void {
  running(stage);
  const from = 14;
  stage.notice({ kind: "gap", from, to: from + 1_233, reason });
  stage.events(log("batch 1235 loss 0.7"), log("batch 1236 loss 0.6"));
}

/** Roles, tools in each state, terminal text, and hidden characters. */
const agents: Script = (stage) => {
  running(stage);
  const message = (messageId: string, role: string, delta: string) => [
    agent("planner", "TEXT_MESSAGE_START", { messageId, role }),
    agent("planner", "TEXT_MESSAGE_CONTENT", { messageId, delta }),
    agent("planner", "TEXT_MESSAGE_END", { messageId }),
  ];
  stage.events(
    ...message("a1", "system", "You look after a nightly evaluation. Answer briefly."),
    ...message("a2", "developer", "Use the read-only database."),
    ...message("a3", "user", "Why did last night's run fail?"),
    ...message("a4", "assistant", "I'll look at the \x1b[1mlog\x1b[0m: \x1b[31m2 errors\x1b[0m."),
    ...call(
      "a5",
      "planner",
      "sql",
      { query: "select count(*) from rows" },
      "\x1b[32m7043\x1b[0m rows",
    ),
    agent("planner", "TOOL_CALL_START", { toolCallId: "a6", toolCallName: "sql" }),
    agent("planner", "TOOL_CALL_ARGS", {
      toolCallId: "a6",
      delta: '{"query": "select * from row"}',
    }),
    agent("planner", "TOOL_CALL_END", { toolCallId: "a6" }),
    agent("planner", "TOOL_CALL_RESULT", {
      toolCallId: "a6",
      content: "",
      error: "OperationalError: no such table: row\n  \x1b[33mhint\x1b[0m: rows",
    }),
    ...call("a7", "planner", "ask_owner", { who: "data team" }, null),
    ...message("a8", "tool", "rows: 7043\nlabels: 12"),
    ...message("a9", "assistant", `marks \u202e and \u200b, a${"\u0301".repeat(5_000)}fter`),
    agent("planner", "STEP_STARTED", { stepName: "check the data" }),
    agent("planner", "TEXT_MESSAGE_CHUNK", { messageId: "b1", delta: "The split is fine, I will" }),
  );
};

/** A run whose first 1,234 events are not kept, with a state as of two events later. */
function join(stage: Stage, more: Partial<RunState>): void {
  stage.state({ phase: "catching_up", seq: 1_234, head: 1_236 });
  stage.notice({ kind: "gap", from: 1, to: 1_234, reason: "trimmed" });
  stage.notice({ kind: "state", state: stateOf(1_236, 5_405, more) });
}

const UNDER_WAY: Partial<RunState> = {
  attempt: 3,
  members: members("c"),
  errors: 4,
  dropped: 12,
  tasks: [
    task("nightly", 1, 4, { unit: "stages" }),
    task("load data", 12, 12, { unit: "files", state: "succeeded", parents: ["nightly"] }),
    task("train", 1_235, 1_500, { unit: "batch", parents: ["nightly"] }),
    task("epoch 3", 235, 300, { parents: ["nightly", "train"] }),
    task("download weights", 48_311, null, { unit: "kB", parents: ["nightly"] }),
    task("lint", 3, 9, { state: "failed" }),
  ],
};

/** Groups, folded, open, nested and unfinished, and lines of JSON. */
const groups: Script = (stage) => {
  stage.state({ phase: "connected" });
  const begun = Date.now() / 1000 - 90;
  let seconds = 0;
  const at = (event: AnyEvent): AnyEvent => {
    seconds += 0.7;
    return { ...event, time: begun + seconds };
  };
  const say = (...messages: string[]) =>
    stage.events(...messages.map((message) => at(log(message, "info", "ci"))));
  stage.events(status("running"));
  say("::group::install dependencies");
  for (let n = 1; n <= 40; n++) say(`\x1b[32m+\x1b[0m package-${n} 1.${n}.0`);
  say("::endgroup::", "::group::lint", "3 files checked", "::endgroup::", "::group::test");
  say("collected 12 items", "::group::unit", "test_a.py ....", "test_b.py ....", "::endgroup::");
  stage.events(at(log("test_c.py ..F. AssertionError: 3 != 4", "error", "pytest")));
  say("::endgroup::", "::endgroup::", "::group::report");
  say(
    '{"event": "epoch", "n": 3, "metrics": {"loss": 0.31, "accuracy": null}, "tags": ["a", "b"]}',
    `INFO {"rows": [${Array.from({ length: 412 }, (_, n) => n).join(", ")}]}`,
    "[INFO] not JSON [really]",
  );
  stage.events(at({ ...log("Downloading 3 of 12 files", "info", "wget"), stream: "stderr" }));
};

/** An agent that failed once, and in its second attempt waits for an answer. */
function waiting(stage: Stage): void {
  const now = Date.now() / 1_000;
  const at = (ago: number, ...events: AnyEvent[]) =>
    stage.ago(ago, ...events.map((event) => ({ ...event, time: now - ago })));
  const ours = (fields: object) => ({ metadata: { "realtime-widgets": fields } });
  const model = (type: string, id: string, fields = {}) =>
    agent("refund", `STEP_${type}`, {
      stepName: "gpt-5",
      ...ours({ id, kind: "model", ...fields }),
    });
  const used = (input: number, output: number, amount: string) => ({
    usage: { model: "gpt-5", provider: "openai", inputTokens: input, outputTokens: output },
    cost: { amount, currency: "USD", source: "provider" },
  });
  stage.state({ phase: "connected" });
  at(900, start("a"), agent("refund", "RUN_STARTED", { runId: "0" }), model("STARTED", "m0"));
  at(899, ...message("t0", "refund", "I look for the charges first."));
  at(898, model("FINISHED", "m0", used(900, 40, "0.002")), log("cannot reach the API", "error"));
  at(897, agent("refund", "RUN_ERROR", { message: "the API is down" }));
  at(896, status("failed", null, { attempt: "a" }));
  at(40, start("b"), agent("refund", "RUN_STARTED", { runId: "1" }), model("STARTED", "m1"));
  at(39, agent("refund", "TEXT_MESSAGE_START", { messageId: "t1", role: "assistant" }));
  const code =
    "def refund(charge, amount=None):  # amounts are in cents\n    return api.post(f'/refunds/{charge}', amount=amount or 1999)";
  const delta = `Three charges are doubled. I refund each with\n\n\`\`\`python\n${code}\n\`\`\``;
  at(38, agent("refund", "TEXT_MESSAGE_CONTENT", { messageId: "t1", delta }));
  at(36, agent("refund", "TEXT_MESSAGE_END", { messageId: "t1" }));
  at(36, model("FINISHED", "m1", used(12_400, 2_100, "0.031")));
  at(35, agent("refund", "TOOL_CALL_START", { toolCallId: "c", toolCallName: "refund" }));
  at(35, agent("refund", "TOOL_CALL_ARGS", { toolCallId: "c", delta: '{"charge": "ch_2"}' }));
  at(35, agent("refund", "TOOL_CALL_END", { toolCallId: "c" }));
  at(34, log("the charges API answered after 2.3 s", "warning", "charges"));
  const asks = { id: "i", reason: "approval", message: "Refund 59.97 USD?", toolCallId: "c" };
  const outcome = { type: "interrupt", interrupts: [asks] };
  at(33, agent("refund", "RUN_FINISHED", { runId: "1", outcome }));
}

export const STATES = new Map<string, Script>([
  ["waiting", waiting],
  ["connecting", () => undefined],
  ["empty", (stage) => stage.state({ phase: "connected" })],
  [
    "similar",
    (stage) =>
      stage.state({
        phase: "connected",
        similar: ["nightly-eval-2", "nightly-train", "nightly-evaluation"],
      }),
  ],
  [
    "other-case",
    (stage) => stage.state({ phase: "connected", similar: ["Nightly-Eval", "nightly-train"] }),
  ],
  [
    "in-memory",
    (stage) => {
      stage.state({ phase: "connected", keptInMemoryBecause: "another server uses the file" });
      stage.events({ type: "log", message: "loading data" });
    },
  ],
  ["running", running],
  ["groups", groups],
  [
    "full",
    (stage) => {
      running(stage);
      tasks(stage);
      conversation(stage);
      lines(stage, 400);
    },
  ],
  [
    "busy",
    (stage) => {
      stage.state({ phase: "connected" });
      stage.events(status("running"));
      tasks(stage);
      conversation(stage);
      for (let batch = 0; batch < 100; batch++) {
        stage.after(batch * 20, () => {
          lines(stage, 200);
          stage.events(
            agent("coder", "TEXT_MESSAGE_CONTENT", { messageId: "m2", delta: ` token ${batch}` }),
            progress("train", 934 + batch, 1_500, { unit: "batch", parents: ["nightly"] }),
          );
        });
      }
    },
  ],
  [
    "catching-up",
    (stage) => {
      running(stage);
      stage.state({ phase: "catching_up", seq: 1_234, head: 9_000 });
    },
  ],
  [
    "needs-input",
    (stage) => {
      running(stage);
      stage.events(status("needs_input", "Deploy to production?"));
    },
  ],
  [
    "reconnecting",
    (stage) => {
      running(stage);
      stage.state({
        phase: "reconnecting",
        why: "The server cannot be reached.",
        retryAt: performance.now() + 4_200,
      });
    },
  ],
  [
    "publisher-gone",
    (stage) => {
      busy(stage, 346);
      stage.state({ phase: "connected", publisherGoneAt: Date.now() - 3_000 });
    },
  ],
  [
    "kernel-died",
    (stage) => {
      busy(stage, 346);
      stage.events(lost(3, "kernel_died"));
    },
  ],
  [
    "kernel-restarted",
    (stage) => {
      busy(stage, 346);
      stage.events(lost(130, "kernel_restarted"));
    },
  ],
  [
    "reconnecting-busy",
    (stage) => {
      busy(stage, 346);
      stage.state({
        phase: "reconnecting",
        why: "The connection was lost.",
        retryAt: performance.now() + 4_200,
      });
    },
  ],
  [
    "lost-and-disconnected",
    (stage) => {
      busy(stage, 346);
      stage.events(lost(130, "kernel_died"));
      stage.state({ phase: "disconnected", why: "You are not logged in any more." });
    },
  ],
  [
    "disconnected",
    (stage) => {
      running(stage);
      stage.state({
        phase: "disconnected",
        why: "You are not logged in to this server, or not allowed to see this run.",
      });
    },
  ],
  [
    "no-server",
    (stage) =>
      stage.state({
        phase: "no_server",
        why: "This page does not come from a Jupyter server, so there is nothing to follow live. Open the notebook in JupyterLab or Notebook.",
      }),
  ],
  [
    "trouble",
    (stage) => {
      running(stage);
      tasks(stage);
      stage.state({ phase: "connected", storage: { code: "storage_full", message: "disk full" } });
    },
  ],
  [
    "trouble-other",
    (stage) => {
      running(stage);
      const message = "the database is locked by another process";
      stage.state({ phase: "connected", storage: { code: "storage_unavailable", message } });
    },
  ],
  [
    "joining",
    (stage) => {
      join(stage, UNDER_WAY);
      stage.events(log("batch 1235 loss 0.7"));
    },
  ],
  [
    "joined",
    (stage) => {
      join(stage, UNDER_WAY);
      stage.events(log("batch 1235 loss 0.7"), log("batch 1236 loss 0.6"));
      stage.state({ phase: "connected" });
    },
  ],
  [
    "joined-attempts",
    (stage) => {
      join(stage, UNDER_WAY);
      stage.ago(90, log("batch 12 loss 2.1"), start("c"));
      stage.state({ phase: "connected" });
      stage.events(
        progress("train", 1_240, 1_500, { unit: "batch", parents: ["nightly"] }),
        log("batch 1240 loss 0.5"),
        status("failed", "out of memory"),
        start("d"),
        log("batch 1 loss 2.3"),
      );
    },
  ],
  [
    "joined-ended",
    (stage) => {
      join(stage, {
        ...UNDER_WAY,
        status: "failed",
        message: TRACEBACK,
        ended: new Date(Date.now() - 3_600_000).toISOString(),
      });
      stage.events(log("validation has 0 rows", "warning"), log(TRACEBACK, "error"));
      stage.state({ phase: "connected" });
    },
  ],
  ...["running", "succeeded", "failed", "cancelled", "lost"].map((end): [string, Script] => [
    `sweep-${end}`,
    (stage) => {
      running(stage);
      sweep(stage);
      if (end !== "running") stage.events(end === "lost" ? lost(142) : status(end as Status));
    },
  ]),
  [
    "odd-tasks",
    (stage) => {
      running(stage);
      oddTasks(stage);
    },
  ],
  ["gap-trimmed", (stage) => interrupted(stage, "trimmed")],
  ["gap-damaged", (stage) => interrupted(stage, "damaged")],
  [
    "dropped",
    (stage) => {
      stage.state({ phase: "connected" });
      stage.events(
        status("running"),
        log("batch 1 loss 0.7"),
        { type: "dropped", count: 11, reason: "buffer_full" },
        log("batch 13 loss 0.6"),
        { type: "dropped", count: 1, reason: "refused", message: "message: is longer than 65536" },
        log("batch 15 loss 0.5"),
      );
    },
  ],
  [
    "reset",
    (stage) => {
      running(stage);
      stage.notice({ kind: "reset", reason: "ahead" });
      stage.events(status("running"), log("batch 1 loss 0.7"));
    },
  ],
  [
    "failed",
    (stage) => {
      stage.state({ phase: "connected" });
      stage.events(
        status("running"),
        log("loading data", "info", "train.py"),
        progress("train", 934, 1_500, { unit: "batch" }),
        log("validation has 0 rows", "warning", "train.py"),
        log(TRACEBACK, "error", "train.py"),
        status("failed", TRACEBACK),
      );
    },
  ],
  ["agents", agents],
  [
    "agents-error",
    (stage) => {
      agents(stage);
      stage.events(
        agent("planner", "RUN_ERROR", { message: "\x1b[31mRateLimitError\x1b[0m: 429" }),
      );
    },
  ],
  [
    "succeeded",
    (stage) => {
      running(stage);
      stage.events(
        progress("train", 1_500, 1_500, { unit: "batch", state: "succeeded" }),
        ...message("m9", "planner", "Done. Accuracy is 0.934, up from 0.921."),
        status("succeeded"),
      );
    },
  ],
  [
    "lost",
    (stage) => {
      stage.state({ phase: "connected" });
      stage.ago(1_405, start("a"), log("loading data", "info", "train.py"));
      tasks(stage);
      conversation(stage);
      stage.ago(101, log("batch 934 loss 0.31"));
      stage.events(lost(142));
    },
  ],
  [
    "lost-back",
    (stage) => {
      stage.state({ phase: "connected" });
      stage.ago(1_405, start("a"), log("loading data", "info", "train.py"));
      tasks(stage);
      stage.ago(301, log("batch 934 loss 0.31"));
      stage.ago(250, lost(300));
      stage.ago(30, status("running"));
      stage.events(log("batch 935 loss 0.30"));
    },
  ],
  [
    "attempt-2",
    (stage) => {
      stage.state({ phase: "connected" });
      stage.ago(1_405, start("a"), log("loading data", "info", "train.py"));
      conversation(stage);
      stage.ago(1_300, log("validation has 0 rows", "error", "train.py"), status("failed"));
      stage.ago(64, start("b"), log("loading data", "info", "train.py"));
      tasks(stage);
      stage.events(
        ...message("m3", "planner", "Again, with the split repaired."),
        agent("planner", "STEP_STARTED", { stepName: "train" }),
        log("batch 1 loss 2.30"),
      );
    },
  ],
  [
    // Everything at once in the header.
    "attempt-2-lost",
    (stage) => {
      stage.state({
        phase: "connected",
        storage: { code: "storage_full", message: "disk full" },
      });
      stage.notice({ kind: "gap", from: 1, to: 1_234, reason: "trimmed" });
      stage.notice({ kind: "state", state: stateOf(1_234, 1_405) });
      stage.ago(1_405, log("loading data", "info", "train.py"));
      stage.ago(900, start("b"), log("loading data", "info", "train.py"));
      tasks(stage);
      stage.ago(800, { type: "dropped", count: 1_312, reason: "buffer_full" });
      stage.events(lost(142));
    },
  ],
]);
