// What code costs, on a machine that does other things as well.

import { cpuUsage } from "node:process";

/** Milliseconds that this process has had the processor; a clock would count other programs, too. */
export const cpuMs = (): number => cpuUsage().user / 1_000;
