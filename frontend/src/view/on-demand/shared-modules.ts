// The modules that loaded parts share with the bundle: those of which there must be one in a view,
// as they have a state or a context, and what formats numbers, which takes long to make.

import * as preact from "preact";
import * as hooks from "preact/hooks";
import * as runtime from "preact/jsx-runtime";
import * as format from "../../ui/format.js";
import * as ownHooks from "../../ui/hooks.js";
import * as showLine from "../log/show-line.js";

/** By the names that `build.mjs` has for them. */
const SHARED: Record<string, unknown> = {
  preact,
  "preact/hooks": hooks,
  "preact/jsx-runtime": runtime,
  "ui/format": format,
  "ui/hooks": ownHooks,
  "view/log/show-line": showLine,
};

export function shared(name: string): unknown {
  const module = SHARED[name];
  if (module === undefined) throw new Error(`${name} is not shared`);
  return module;
}
