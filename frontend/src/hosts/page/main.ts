// The entry of the pages: the list of runs and single runs, in one document.

import "../../view/styles.css";
import "../../runs/runs.css";
import "./page.css";
import "../../model/agents/loaded.js";
import { OWN_SERVER } from "../../feeds/own-server.js";
import { ServerSource } from "../../feeds/server-source.js";
import { RunsSource } from "../../runs/source.js";
import { findServer } from "../../server/address.js";
import { withoutToken } from "../addresses.js";
import { Page } from "./page.js";

// The login by token has set a cookie, so the token is removed from the browser's history.
history.replaceState(null, "", withoutToken(location.href));
const server = findServer(document, location.href);
if (server) {
  const { notebooks = "", home = "" } = document.body.dataset;
  const options = {
    base: new URL("../../", server.apiUrl),
    notebooks,
    home,
    runs: new RunsSource(server),
    source: new ServerSource(server, OWN_SERVER),
  };
  // Not in the task that has evaluated this code, so that neither blocks the page for long.
  setTimeout(() => new Page(document.body, options));
}
