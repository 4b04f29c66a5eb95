// The clock of a timeline, which is that of the server.

import { createContext } from "preact";

/** Milliseconds since 1970. */
export const Clock = createContext<() => number>(() => Date.now());
