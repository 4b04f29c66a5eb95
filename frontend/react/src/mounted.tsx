/** @jsxImportSource react */
// An element of React's that a view is mounted in.

import { type CSSProperties, type JSX, useEffect, useRef } from "react";

export interface MountedProps {
  className?: string | undefined;
  style?: CSSProperties | undefined;
}

interface MountProps extends MountedProps {
  /** Puts the view into an element, and returns what removes it; another function mounts again. */
  mount: (element: HTMLElement) => () => void;
}

export function Mounted({ mount, className, style }: MountProps): JSX.Element {
  const element = useRef<HTMLDivElement>(null);
  useEffect(() => (element.current === null ? undefined : mount(element.current)), [mount]);
  return <div ref={element} className={`rtw-host ${className ?? ""}`.trim()} style={style} />;
}
