// What a row shows, by the kind of its node.

import type { JSX } from "preact";
import type { StateChange } from "../../model/timeline/state-changes.js";
import { CrossIcon, SpinnerIcon } from "../../ui/icons.js";
import { LongText } from "../../ui/text.js";
import { stateOf } from "../node-state.js";
import { BranchRow, GroupRow } from "./branch-row.js";
import { Failure } from "./cut.js";
import type { RowFolds } from "./fold.js";
import { Interrupt } from "./interrupt.js";
import { LogLines, LogRow } from "./log-row.js";
import { Message, Reasoning } from "./message.js";
import { Divider, Other, RunEnd } from "./other.js";
import { Question } from "./question.js";
import type { Row } from "./rows.js";
import { Sent } from "./sent.js";
import { State } from "./state.js";
import { Tool } from "./tool.js";
import type { Branch } from "./tree.js";

export interface RowProps {
  row: Row;
  /** Its number, from 1. */
  position: number;
  /** Another one after each change of what is drawn: nodes change in place. */
  version: string;
  folds: RowFolds;
  /** Whether its attempt is in progress, so that an open node may change. */
  isLive: boolean;
  /** When the newest event of it came; null unless it was long ago and more are expected. */
  silentSince: number | null;
  /** The name of the tool that an interrupt is about; "" for none. */
  tool: string;
  /** What a row of states changed last. */
  change: StateChange | undefined;
}

export function RowBody(props: RowProps): JSX.Element {
  const { row } = props;
  switch (row.kind) {
    case "node":
      return <NodeBody {...props} branch={row.branch} isOpen={row.isOpen} />;
    case "group":
      return <GroupRow group={row.group} isOpen={row.isOpen} />;
    case "log":
      return <LogRow line={row.line} />;
    case "lines":
      return <LogLines lines={row.lines} isOpen={row.isOpen} />;
    case "end":
      return <RunEnd node={row.branch.node} />;
    case "working":
      return (
        <p class="rtw-working">
          <SpinnerIcon /> Working…
        </p>
      );
  }
}

interface NodeBodyProps extends Pick<RowProps, "isLive" | "silentSince" | "tool" | "change"> {
  branch: Branch;
  isOpen: boolean;
}

function NodeBody(props: NodeBodyProps): JSX.Element {
  const { branch, isLive, isOpen, silentSince, tool, change } = props;
  const { node } = branch;
  const stateful = { state: stateOf(node, isLive), silentSince };
  switch (node.kind) {
    case "message":
      return <Message node={node} {...stateful} />;
    case "reasoning":
      return <Reasoning node={node} {...stateful} />;
    case "tool":
      return <Tool branch={branch} isLive={isLive} {...stateful} />;
    case "run":
    case "step":
    case "subagent":
      return <BranchRow branch={branch} isLive={isLive} isOpen={isOpen} {...stateful} />;
    case "interrupt":
      return <Interrupt node={node} tool={tool} state={stateful.state} />;
    case "question":
      return <Question node={node} state={stateful.state} />;
    case "sent":
      return <Sent node={node} state={stateful.state} />;
    case "error":
      return (
        <Failure>
          <CrossIcon label="Error" />{" "}
          <LongText text={node.text || "The agent ended with an error."} />
        </Failure>
      );
    case "state":
      return <State node={node} change={change} />;
    case "divider":
      return <Divider node={node} />;
    default:
      return <Other node={node} />;
  }
}
