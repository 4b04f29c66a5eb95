// The comm of a widget that this page does not have: it was opened or reloaded while a cell runs.
//
// Theory of operation. JupyterLab restores widgets, and learns that the kernel has subshells, from
// replies of the shell that runs the cell, so both wait for its end. The control channel does not
// wait: it names the subshells, or makes one. A message to a subshell is received at once, and what
// the kernel sends over the comm comes to all pages (protocol 11).

import type { Widget } from "@lumino/widgets";
import type { Comm } from "../../feeds/comm.js";
import { randomId } from "../../server/random-id.js";

/** What is used of the kernel connection of JupyterLab's notebooks. */
export interface Kernel {
  readonly clientId: string;
  /** Resolves with the kernel's first reply, which a busy kernel sends later. */
  readonly info: Promise<unknown>;
  readonly iopubMessage: {
    connect(receive: (sender: unknown, message: Message) => void): void;
    disconnect(receive: (sender: unknown, message: Message) => void): void;
  };
  sendControlMessage(message: Message, expectReply: true): { done: Promise<Message> };
  sendShellMessage(message: Message, expectReply: false): unknown;
}

export interface Message {
  channel: string;
  header: Record<string, string>;
  parent_header: object;
  metadata: object;
  content: Record<string, unknown>;
  buffers: [];
}

/** A widget of JupyterLab that contains a notebook; its packages are not loaded for this. */
interface Document {
  context?: {
    sessionContext?: { ready: Promise<void>; session: { kernel: Kernel | null } | null };
  };
}

/** Milliseconds in which a kernel that is not busy replies. */
const GRACE = 2_000;

/**
 * The comm of the widget with this id in the notebook that contains `output`; null where JupyterLab
 * restores the widget, or where the kernel has no subshells and refuses.
 */
export async function commBesideCell(output: Widget, id: string): Promise<Comm | null> {
  try {
    const kernel = await kernelOf(output);
    if (kernel === null || (await hasReplied(kernel))) return null;
    return new SubshellComm(kernel, await subshellOf(kernel), id);
  } catch {
    return null; // it refuses, or the notebook was closed meanwhile
  }
}

async function kernelOf(output: Widget): Promise<Kernel | null> {
  let widget: (Widget & Document) | null = output;
  while (widget !== null && !widget.context?.sessionContext) widget = widget.parent;
  const session = widget?.context?.sessionContext;
  await session?.ready;
  return session?.session?.kernel ?? null;
}

function hasReplied(kernel: Kernel): Promise<boolean> {
  return Promise.race([
    kernel.info.then(() => true),
    new Promise<boolean>((resolve) => setTimeout(() => resolve(false), GRACE)),
  ]);
}

/** The id of a subshell; a kernel without them may never reply. */
async function subshellOf(kernel: Kernel): Promise<string> {
  const request = async (type: string) => {
    const message = messageOf(kernel, "control", type, {});
    return (await kernel.sendControlMessage(message, true).done).content["subshell_id"];
  };
  const [existing] = (await request("list_subshell_request")) as string[];
  return existing ?? ((await request("create_subshell_request")) as string);
}

class SubshellComm implements Comm {
  readonly #kernel: Kernel;
  readonly #subshell: string;
  readonly #id: string;
  readonly #receivers = new Map<unknown, (sender: unknown, message: Message) => void>();

  constructor(kernel: Kernel, subshell: string, id: string) {
    this.#kernel = kernel;
    this.#subshell = subshell;
    this.#id = id;
  }

  send(content: object): void {
    const data = { comm_id: this.#id, data: { method: "custom", content } };
    const message = messageOf(this.#kernel, "shell", "comm_msg", data);
    message.header["subshell_id"] = this.#subshell;
    this.#kernel.sendShellMessage(message, false);
  }

  /** Only custom messages come: JupyterLab has no widget whose changes it could report. */
  on(event: string, callback: (content: unknown) => void): void {
    if (event !== "msg:custom") return;
    const receive = (_: unknown, { header, content }: Message) => {
      if (header["msg_type"] !== "comm_msg" || content["comm_id"] !== this.#id) return;
      const data = content["data"] as { method?: unknown; content?: unknown };
      if (data.method === "custom") callback(data.content);
    };
    this.#receivers.set(callback, receive);
    this.#kernel.iopubMessage.connect(receive);
  }

  off(_: string, callback: (content: unknown) => void): void {
    const receive = this.#receivers.get(callback);
    if (receive && this.#receivers.delete(callback)) this.#kernel.iopubMessage.disconnect(receive);
  }
}

function messageOf(
  { clientId }: Kernel,
  channel: string,
  type: string,
  content: Record<string, unknown>,
): Message {
  const header = {
    msg_id: randomId(),
    msg_type: type,
    session: clientId,
    username: "",
    date: new Date().toISOString(),
    version: "5.4",
  };
  return { channel, header, parent_header: {}, metadata: {}, content, buffers: [] };
}
