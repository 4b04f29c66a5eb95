// What a view in one of the hosts of this package has of its server, and a page of another application
// does without: its code has all parts of the view, and its runs are shared elsewhere.

import type { ServerAddress } from "../server/address.js";
import { type LoadCode, serverCode } from "./code-loader.js";
import { type SharingOf, sharingOf } from "./sharing.js";

export interface OwnServer {
  /** Loads parts of the view. */
  codeOf: (server: ServerAddress) => LoadCode;
  /** Finds which users may use a run. */
  sharingOf: SharingOf;
}

export const OWN_SERVER: OwnServer = { codeOf: serverCode, sharingOf };
