// What each type of AG-UI event changes in a timeline; a part that is loaded with the rules of agents.

import type { Arrival, Book } from "./book.js";
import { snapshotMessages } from "./messages.js";
import * as others from "./others.js";
import * as runs from "./runs.js";
import { finishStep, startStep } from "./steps.js";
import * as streams from "./streams.js";
import { toolResult } from "./tools.js";

type Handler = (book: Book, arrival: Arrival) => void;

/** Which lanes of chunks an event ends: none, that of its owner, or all of its agent. */
type Ends = "none" | "own" | "all";

const { MESSAGE, REASONING, TOOL } = streams;
const of =
  (
    handler: (
      stream: typeof MESSAGE | typeof REASONING | typeof TOOL,
      ...rest: Parameters<Handler>
    ) => void,
    stream: typeof MESSAGE | typeof REASONING | typeof TOOL,
  ): Handler =>
  (book, arrival) =>
    handler(stream, book, arrival);

const HANDLERS = new Map<string, [Handler, Ends]>([
  ["RUN_STARTED", [runs.startRun, "all"]],
  ["RUN_FINISHED", [runs.finishRun, "all"]],
  ["RUN_ERROR", [runs.failRun, "none"]],
  ["STEP_STARTED", [startStep, "own"]],
  ["STEP_FINISHED", [finishStep, "own"]],
  ["TEXT_MESSAGE_START", [of(streams.start, MESSAGE), "own"]],
  ["TEXT_MESSAGE_CONTENT", [of(streams.content, MESSAGE), "own"]],
  ["TEXT_MESSAGE_END", [of(streams.end, MESSAGE), "own"]],
  ["TEXT_MESSAGE_CHUNK", [of(streams.chunk, MESSAGE), "none"]],
  ["REASONING_START", [streams.announceReasoning, "own"]],
  ["REASONING_END", [streams.endReasoning, "own"]],
  ["REASONING_MESSAGE_START", [of(streams.start, REASONING), "own"]],
  ["REASONING_MESSAGE_CONTENT", [of(streams.content, REASONING), "own"]],
  ["REASONING_MESSAGE_END", [of(streams.end, REASONING), "own"]],
  ["REASONING_MESSAGE_CHUNK", [of(streams.chunk, REASONING), "none"]],
  ["REASONING_ENCRYPTED_VALUE", [() => undefined, "none"]],
  ["TOOL_CALL_START", [of(streams.start, TOOL), "own"]],
  ["TOOL_CALL_ARGS", [of(streams.content, TOOL), "own"]],
  ["TOOL_CALL_END", [of(streams.end, TOOL), "own"]],
  ["TOOL_CALL_CHUNK", [of(streams.chunk, TOOL), "none"]],
  ["TOOL_CALL_RESULT", [toolResult, "own"]],
  ["STATE_SNAPSHOT", [others.changeState, "own"]],
  ["STATE_DELTA", [others.changeState, "own"]],
  ["MESSAGES_SNAPSHOT", [snapshotMessages, "all"]],
  ["ACTIVITY_SNAPSHOT", [others.setActivity, "none"]],
  ["ACTIVITY_DELTA", [others.patchActivity, "none"]],
  ["SUBAGENT_STARTED", [runs.startSubagent, "none"]],
  ["SUBAGENT_FINISHED", [runs.endSubagent, "none"]],
  ["SUBAGENT_ERROR", [runs.endSubagent, "none"]],
  ["CUSTOM", [others.addCustom, "own"]],
  ["RAW", [others.addRaw, "none"]],
  ["THINKING_START", [streams.announceReasoning, "own"]],
  ["THINKING_END", [streams.endReasoning, "own"]],
  ["THINKING_TEXT_MESSAGE_START", [of(streams.start, REASONING), "own"]],
  ["THINKING_TEXT_MESSAGE_CONTENT", [of(streams.content, REASONING), "own"]],
  ["THINKING_TEXT_MESSAGE_END", [of(streams.end, REASONING), "own"]],
]);

/** The handler of a type of event, and what it ends first; one of unknown types shows them as JSON. */
export function handlerOf(type: string): readonly [Handler, Ends] {
  return HANDLERS.get(type) ?? [others.addOther, "none"];
}
