// The author of a row: an agent or sub-agent, with the role of its message.

import type { TimelineNode } from "../../model/timeline/node.js";
import { roleOf } from "../node-state.js";

export interface Speaker {
  name: string;
  /** The agent to which a message of the user is addressed; "" for other speakers. */
  to: string;
  /** The role of its message; "" for an assistant and for a user. */
  role: string;
  /** Whether it is a user, whose square has no colour. */
  isUser: boolean;
  /** The same for the same speaker. */
  key: string;
}

/** Nodes that have no heading: they name what they are of themselves. */
const WITHOUT = new Set(["subagent", "divider", "run", "question"]);

/** The speaker of a node; null where it has no heading. `owner` is the name of its sub-agent. */
export function speakerOf(node: TimelineNode, owner: string | undefined): Speaker | null {
  if (WITHOUT.has(node.kind)) return null;
  const role = node.kind === "message" || node.kind === "sent" ? roleOf(node) : "";
  const isUser = role === "user";
  const name = owner || node.agent;
  return {
    name: isUser ? node.title || "User" : name,
    to: isUser && name.toLowerCase() !== "user" ? name : "",
    role: isUser ? "" : role,
    isUser,
    key: `${node.agent}\n${node.owner ?? ""}\n${role}`,
  };
}

/** The key of a sub-agent as the author of the rows below its own. */
export function keyOfSubagent({ agent, id }: TimelineNode): string {
  return `${agent}\n${id}\n`;
}

/** Number of colours of squares. */
const COLOURS = 8;

/** A colour, 0 to 7, that is the same for the same name in all runs. */
export function colourOf(name: string): number {
  let hash = 0;
  for (const character of name) hash = (Math.imul(hash, 31) + (character.codePointAt(0) ?? 0)) | 0;
  return Math.abs(hash) % COLOURS;
}
