// Where an output of a cell gets its runs from.

import type { Source } from "../../feeds/feed.js";
import { OWN_SERVER } from "../../feeds/own-server.js";
import { ServerSource } from "../../feeds/server-source.js";
import { NO_SERVER } from "../../feeds/static-feed.js";
import { VerifiedSource } from "../../feeds/verified.js";
import type { ServerAddress } from "../../server/address.js";

/** `isTrusted`: whether the user has run the cell, or trusts the notebook. */
export function sourceFor(isTrusted: boolean, server: ServerAddress | null): Source {
  if (!server) return NO_SERVER;
  const source = new ServerSource(server, OWN_SERVER);
  return isTrusted ? source : new VerifiedSource(server, source);
}
