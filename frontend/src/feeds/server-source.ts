// The runs of a server, each followed over a WebSocket.

import { connectionKey, type ServerAddress } from "../server/address.js";
import type { Feed, Source } from "./feed.js";
import type { OwnServer } from "./own-server.js";
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
  readonly #own: OwnServer | undefined;

  /** `own` is given in the hosts of this package. */
  constructor(server: ServerAddress, own?: OwnServer) {
    this.#server = server;
    this.#own = own;
  }

  watch(sprintId: string, onChange: () => void): Feed {
    const server = this.#server;
    const own = this.#own;
    return shareFeed(
      `${connectionKey(server)} ${sprintId}`,
      (changed) => new WebSocketFeed({ server, sprintId, own, onChange: changed }),
      onChange,
      LINGER,
    );
  }
}
