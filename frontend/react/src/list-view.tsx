/** @jsxImportSource react */
// The list of runs, as in the side panel of JupyterLab.

import { type JSX, useCallback, useEffect, useRef } from "react";
import { mountRuns } from "../../src/runs/mount.js";
import { RunsSource } from "../../src/runs/source.js";
import { Mounted, type MountedProps } from "./mounted.js";
import { useServer } from "./provider.js";
import { ConfiguredSource, type ServerOptions } from "./server.js";

export interface SprintListProps extends MountedProps, Partial<ServerOptions> {
  /** Show a run: called where a row is opened. */
  onOpen: (sprintId: string) => void;
  /** The address of a run's page, for links that open in a new tab. */
  href?: ((sprintId: string) => string) | undefined;
}

export function List(props: SprintListProps): JSX.Element {
  const { onOpen, href, className, style, ...options } = props;
  const server = useServer(options);
  const newest = useRef({ onOpen, href });
  useEffect(() => {
    newest.current = { onOpen, href };
  });
  const hasPages = href !== undefined;
  const mount = useCallback(
    (element: HTMLElement) =>
      mountRuns(element, new RunsSource(new ConfiguredSource(server).address), {
        open: (sprintId) => newest.current.onOpen(sprintId),
        ...(hasPages && { href: (sprintId: string) => newest.current.href?.(sprintId) ?? "" }),
      }),
    [server, hasPages],
  );
  return <Mounted mount={mount} className={className} style={style} />;
}
