// Measures CPU time, which does not depend on other programs of the machine.

import { cpuUsage } from "node:process";

/** CPU time of this process in milliseconds. */
export const cpuMs = (): number => cpuUsage().user / 1_000;
