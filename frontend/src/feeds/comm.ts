// The comm of a widget, and the frames that the kernel sends over it (protocol 11).

/** What is used of a widget's model: its custom messages. */
export interface Comm {
  send(content: object): void;
  on(event: string, callback: (content: unknown) => void): void;
  off(event: string, callback: (content: unknown) => void): void;
}

export function sendSafely(comm: Comm, content: object): void {
  try {
    comm.send(content);
  } catch {
    // The host has closed the comm: the kernel is gone, which its silence shows.
  }
}

/** A message of the stream that all pages receive; numbered, because any may be lost. */
export interface StreamFrame {
  stream: string;
  n: number;
  messages: string[];
  closed: number | undefined;
}

/** For the page that publishes over a connection of this name. */
export interface PublisherFrame {
  publisher: string;
  messages: string[];
  closed: number | undefined;
}

/** For the page that sent the request of this name. */
export interface ResponseFrame {
  response: string;
  content: unknown;
  /** Why it was refused or failed; null where it was not. */
  error: string | null;
}

/** A part of the view as text, which comes without a request. */
export interface CodeFrame {
  code: string;
  content: string;
}

export type Frame = StreamFrame | PublisherFrame | ResponseFrame | CodeFrame;

/** Parse the content of a custom message; null for one of another protocol. */
export function readFrame(message: unknown): Frame | null {
  if (typeof message !== "object" || message === null) return null;
  const { stream, n, publisher, closed, messages, ...others } = message as Record<string, unknown>;
  const { response, content, error, code } = others;
  if (typeof response === "string") {
    return { response, content, error: error === undefined ? null : String(error) };
  }
  if (typeof code === "string") return { code, content: String(content) };
  const rest = {
    messages: Array.isArray(messages) ? messages.map(String) : [],
    closed: typeof closed === "number" ? closed : undefined,
  };
  if (typeof publisher === "string") return { publisher, ...rest };
  if (typeof stream === "string" && typeof n === "number") return { stream, n, ...rest };
  return null;
}
