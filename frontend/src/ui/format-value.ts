// Writes the values of metrics.

import { formatNumber } from "./format.js";

/** From here on a number is written with an exponent. */
const LARGE = 1e9;

/** "0.253", "1.25e12", "NaN", "-∞", "none". */
export function formatValue(value: number | null): string {
  if (value === null) return "none";
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "-∞";
  return Math.abs(value) < LARGE
    ? formatNumber(value)
    : value.toPrecision(3).replace(/\.?0*e\+/, "e");
}
