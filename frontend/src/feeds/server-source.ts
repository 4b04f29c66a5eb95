// The runs of a server, each followed over a WebSocket.

import { connectionKey, type ServerAddress } from "../server/address.js";
import type { Feed, Source } from "./feed.js";
import { shareFeed } from "./shared.js";
import { WebSocketFeed } from "./websocket-feed.js";

/**
 * How long a run without a view is followed, in milliseconds: a cell that clears its output and
 * shows the run again gets the same feed, with the events it has.
 */
const LINGER = 1_000;

/** The runs of one server. */
export class ServerSource implements Source {
  readonly #server: ServerAddress;

  constructor(server: ServerAddress) {
    this.#server = server;
  }

  watch(sprintId: string, onChange: () => void): Feed {
    const server = this.#server;
    return shareFeed(
      `${connectionKey(server)} ${sprintId}`,
      (changed) => new WebSocketFeed({ server, sprintId, onChange: changed }),
      onChange,
      LINGER,
    );
  }
}
