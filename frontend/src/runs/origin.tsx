// Where a run is published from: its notebook or program, and the user.

import type { JSX } from "preact";
import type { RunState } from "../protocol/messages.gen.js";
import { NotebookIcon } from "../ui/icons.js";
import { Name, shownText } from "../ui/text.js";
import type { RunsHost } from "./host.js";
import { nameOf, partsOf, userOf } from "./list.js";

interface OriginProps {
  run: RunState;
  /** Whether its notebook still exists. */
  hasNotebook: boolean;
  host: RunsHost;
}

export function Origin({ run, hasNotebook, host }: OriginProps): JSX.Element {
  const user = userOf(run);
  return (
    <span class="rtw-run-origin">
      {run.notebook ? (
        <Notebook path={run.notebook} exists={hasNotebook} host={host} />
      ) : (
        run.program && (
          <span title={shownText(run.program)}>
            <Name text={nameOf(run.program)} />
          </span>
        )
      )}
      {user !== null && (
        <span class="rtw-run-user">
          <Name text={user} />
        </span>
      )}
    </span>
  );
}

interface NotebookProps {
  path: string;
  exists: boolean;
  host: RunsHost;
}

function Notebook({ path, exists, host }: NotebookProps): JSX.Element {
  const name = (
    <>
      <NotebookIcon />
      <span class="rtw-run-file">
        <Name text={nameOf(path)} />
      </span>
    </>
  );
  const canOpen = exists && partsOf(path) !== null;
  const href = canOpen ? host.notebookHref?.(path) : undefined;
  const title = `Go to ${shownText(path)}`;
  if (href !== undefined) {
    return (
      <a class="rtw-run-notebook" title={title} href={href}>
        {name}
      </a>
    );
  }
  if (canOpen && host.openNotebook) {
    return (
      <button
        type="button"
        class="rtw-run-notebook"
        title={title}
        onClick={() => host.openNotebook?.(path)}
      >
        {name}
      </button>
    );
  }
  return (
    <span class="rtw-run-notebook" title={shownText(path)}>
      {name}
      {!exists && <span class="rtw-run-missing">not there any more</span>}
    </span>
  );
}
