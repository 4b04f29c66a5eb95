// The entry of `files.js`: all code that only files need, with its own Preact. It is no part of the
// bundles of views, as most runs show no values; `use-module.ts` loads it.

import { render } from "preact";
import type { Mounted } from "../drawn-by-module.js";
import { Files, type FilesProps } from "./files.js";

export function mount(host: HTMLElement): Mounted<FilesProps> {
  return {
    draw: (props) => render(<Files {...props} />, host),
    close: () => render(null, host),
  };
}
