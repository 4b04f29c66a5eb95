// The kernel of a notebook in JupyterLab, for what lies in the notebook's outputs.

import { Widget } from "@lumino/widgets";
import type { Kernel, Message } from "../../../src/hosts/lab/subshell-comm.js";

type Receive = (sender: unknown, message: Message) => void;

/** A kernel connection, whose kernel has replied or runs a cell. */
export class FakeKernel implements Kernel {
  readonly clientId = "page";
  readonly sent: Message[] = [];
  readonly receivers = new Set<Receive>();
  readonly info: Promise<unknown>;
  readonly #subshells: string[];
  readonly iopubMessage = {
    connect: (receive: Receive) => void this.receivers.add(receive),
    disconnect: (receive: Receive) => void this.receivers.delete(receive),
  };

  constructor({ isBusy, subshells = [] }: { isBusy: boolean; subshells?: string[] }) {
    this.info = isBusy ? new Promise(() => undefined) : Promise.resolve({});
    this.#subshells = subshells;
  }

  sendControlMessage(message: Message): { done: Promise<Message> } {
    this.sent.push(message);
    const isList = message.header["msg_type"] === "list_subshell_request";
    const content = { status: "ok", subshell_id: isList ? this.#subshells : "made" };
    return { done: Promise.resolve({ ...message, content }) };
  }

  sendShellMessage(message: Message): void {
    this.sent.push(message);
  }

  publish(type: string, content: Record<string, unknown>): void {
    const [template] = this.sent;
    const message = { ...template, header: { msg_type: type }, content } as Message;
    for (const receive of this.receivers) receive(this, message);
  }
}

/** An output of a notebook with this kernel. */
export function outputOf(kernel: Kernel | null, output = new Widget()): Widget {
  const notebook = new Widget();
  Object.assign(notebook, {
    context: { sessionContext: { ready: Promise.resolve(), session: { kernel } } },
  });
  output.parent = notebook;
  return output;
}
