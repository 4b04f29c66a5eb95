// Close codes (protocol 8): the only place for numbers above 999.

export const CloseCode = {
  NORMAL: 1000,
  UNAUTHORIZED: 4501,
  RECONNECT: 4000,
  INSUFFICIENT_STATE: 4002,
  NO_PONG: 4003,
  BAD_MESSAGE: 4500,
} as const;

/** The server rejects what this client sends; a reconnect would send it again. */
const STOP_BELOW_4000 = new Set([1003, 1007, 1009]);

/** Whether a client reconnects after this close code. */
export function shouldReconnect(code: number): boolean {
  return !(code >= 4500 && code < 5000) && !STOP_BELOW_4000.has(code);
}

const WORDS = new Map([
  [1001, "the server is going away"],
  [1003, "the server does not take what this view sends"],
  [1007, "the server does not take what this view sends"],
  [1009, "the server does not take a message as big as this view sent"],
  [1011, "the server had an internal error"],
  [1012, "the server is restarting"],
  [1013, "the server is busy"],
  [4001, "this view was too slow to read"],
  [4002, "a part of the log was missing"],
  [4003, "the server did not answer"],
  [4007, "the server's storage is not available"],
  [4500, "the server and this view do not understand each other; reload the page"],
  [4501, "the login has ended; log in again and reload the page"],
  [4503, "you are not allowed to do this with this run"],
  [4504, "the server has no such run"],
  [4505, "the server has too many connections"],
  [4506, "the server has another version of the protocol; reload the page"],
  [4508, "another connection took this one's place"],
  [4509, "this view sent too many messages that the server could not use"],
]);

/** Why the connection was closed, in words for the user. */
export function closeWords(code: number): string {
  return WORDS.get(code) ?? "the connection was lost";
}
