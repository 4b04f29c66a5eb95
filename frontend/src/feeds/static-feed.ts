// Feeds without a connection.

import { Run } from "../model/run.js";
import type { ConnectionState, Feed, Source } from "./feed.js";
import { localSearch } from "./local-search.js";

/** A feed that never changes from `state`. */
export function staticFeed(state: ConnectionState): Feed {
  const run = new Run();
  return {
    run,
    search: localSearch(run),
    fileUrl: null,
    state,
    clockOffset: 0,
    asOf: null,
    history: null,
    sendMessage: () => false,
    retry: () => undefined,
    close: () => undefined,
  };
}

/** For a page that does not come from a Jupyter server. */
export const NO_SERVER: Source = {
  watch: () =>
    staticFeed({
      phase: "no_server",
      why: "This page does not come from a Jupyter server, so there is nothing to follow live. Open the notebook in JupyterLab or Notebook.",
    }),
};
