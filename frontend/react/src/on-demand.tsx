/** @jsxImportSource react */
// Components whose code is loaded when the first of them is shown.

import { type ComponentType, createElement, type JSX, useEffect, useState } from "react";

/** A component that shows nothing until its code has come; `load` gets it. */
export function onDemand<Props extends object>(
  load: () => Promise<ComponentType<Props>>,
): (props: Props) => JSX.Element | null {
  return (props) => {
    const [loaded, setLoaded] = useState<ComponentType<Props> | null>(null);
    const [failure, setFailure] = useState("");
    useEffect(() => {
      if (failure !== "") return;
      load().then(
        (component) => setLoaded(() => component),
        (error: unknown) => setFailure(String(error)),
      );
    }, [failure]);
    if (loaded !== null) return createElement(loaded, props);
    if (failure === "") return null;
    return (
      <div role="alert">
        The view cannot be loaded ({failure}).{" "}
        <button type="button" onClick={() => setFailure("")}>
          Try again
        </button>
      </div>
    );
  };
}
