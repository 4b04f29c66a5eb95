// Shown in place of the rows where there are none.

import type { JSX } from "preact";
import type { Runs } from "./source.js";

interface PlaceholderProps {
  source: Runs;
  query: string;
  /** Show all runs, without a query and a filter. */
  showAll: () => void;
}

export function Placeholder(props: PlaceholderProps): JSX.Element | null {
  const { source, query, showAll } = props;
  const { state } = source;
  if (source.runs.length > 0) {
    return (
      <div class="rtw-empty">
        <p>{query === "" ? "No such runs" : `No run has “${query}” in it`}</p>
        <button type="button" class="rtw-button" onClick={showAll}>
          Show all runs
        </button>
      </div>
    );
  }
  if (state.phase === "loading") return <p class="rtw-empty rtw-runs-loading">Loading the runs…</p>;
  if (state.phase === "not_installed") return <NotInstalled retry={() => source.retry()} />;
  if (state.phase !== "live") return null;
  return (
    <div class="rtw-empty">
      <p>No runs yet</p>
      <p class="rtw-aside">
        Publish one from a cell or a script of this server, and it shows up here:
      </p>
      <pre class="rtw-runs-example">
        <code>{'from realtime_widgets import Sprint\nSprint("my-run").log("hello")'}</code>
      </pre>
    </div>
  );
}

function NotInstalled({ retry }: { retry: () => void }): JSX.Element {
  return (
    <div class="rtw-empty" role="alert">
      <p class="rtw-runs-missing">Not installed on this server</p>
      <p class="rtw-aside">
        The server extension of realtime-widgets keeps the runs. In the environment that Jupyter
        runs in, install it and switch it on, then restart the server:
      </p>
      <pre class="rtw-runs-example rtw-runs-commands">
        <code>
          {
            "pip install realtime-widgets\njupyter server extension enable realtime_widgets_server\njupyter server extension list"
          }
        </code>
      </pre>
      <p>
        <button type="button" class="rtw-button" onClick={retry}>
          Look again
        </button>
      </p>
    </div>
  );
}
