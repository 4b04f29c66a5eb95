// An element that a loaded module draws, with its own Preact.

import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";

/** What a module has drawn in an element. */
export interface Mounted<Props> {
  draw(props: Props): void;
  close(): void;
}

interface DrawnProps<Props> {
  module: { mount: (host: HTMLElement) => Mounted<Props> };
  draw: Props;
}

export function DrawnByModule<Props>({ module, draw }: DrawnProps<Props>): JSX.Element {
  const host = useRef<HTMLDivElement>(null);
  const mounted = useRef<Mounted<Props> | null>(null);
  useEffect(() => {
    if (host.current) mounted.current = module.mount(host.current);
    return () => mounted.current?.close();
  }, [module]);
  useEffect(() => mounted.current?.draw(draw));
  return <div ref={host} />;
}
