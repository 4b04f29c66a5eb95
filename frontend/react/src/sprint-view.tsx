/** @jsxImportSource react */
// The live view of a run, as in a notebook.

import { type JSX, useCallback, useEffect, useRef } from "react";
import { type MountOptions, mount as mountView, type ViewState } from "../../src/view/mount.js";
import { Mounted, type MountedProps } from "./mounted.js";
import { useServer } from "./provider.js";
import { ConfiguredSource, type ServerOptions } from "./server.js";

export interface SprintViewProps
  extends MountedProps,
    Partial<ServerOptions>,
    Pick<MountOptions, "maxHeight" | "fills" | "links"> {
  sprintId: string;
  /** Called after each change, which may be more often than the view is drawn. */
  onChange?: ((state: ViewState) => void) | undefined;
}

export function View(props: SprintViewProps): JSX.Element {
  const { sprintId, maxHeight, fills, links, onChange, className, style, ...options } = props;
  const server = useServer(options);
  // Other functions are no reason to draw the view again.
  const newest = useRef({ links, onChange });
  useEffect(() => {
    newest.current = { links, onChange };
  });
  const hasLinks = links !== undefined;
  const mount = useCallback(
    (element: HTMLElement) =>
      mountView(element, new ConfiguredSource(server), {
        sprintId,
        ...(maxHeight !== undefined && { maxHeight }),
        ...(fills !== undefined && { fills }),
        links: hasLinks ? newest.current.links : undefined,
        onChange: (state) => newest.current.onChange?.(state),
      }),
    [server, sprintId, maxHeight, fills, hasLinks],
  );
  return <Mounted mount={mount} className={className} style={style} />;
}
