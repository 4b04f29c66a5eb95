// The entry of the pages: the list of runs, and one run, in one document that goes between them.

import "../../view/styles.css";
import "../../runs/runs.css";
import "./page.css";
import { ServerSource } from "../../feeds/server-source.js";
import { RunsSource } from "../../runs/source.js";
import { findServer } from "../../server/address.js";
import { withoutToken } from "../addresses.js";
import { Page } from "./page.js";

// A token that let the user in is in a cookie by now; it has no place in the history.
history.replaceState(null, "", withoutToken(location.href));
const server = findServer(document, location.href);
if (server) {
  const { notebooks = "" } = document.body.dataset;
  new Page(document.body, {
    base: new URL("../../", server.apiUrl),
    notebooks,
    runs: new RunsSource(server),
    source: new ServerSource(server),
  });
}
