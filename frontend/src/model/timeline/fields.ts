// Fields of AG-UI events, which may have any shape: what is not of the expected type is left out.

import type { AgentMessage } from "../../protocol/messages.gen.js";
import { isObject, showJson } from "../../protocol/messages.js";

export type AguiEvent = AgentMessage["event"];

/** Most characters of an id or a name; longer ones are compared and shown by their beginning. */
const MAX_NAME = 1_000;

/** Most characters of an event that is shown as JSON. */
const MAX_DETAIL = 2_000;

export function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

export function nameOf(value: unknown): string {
  return textOf(value).slice(0, MAX_NAME);
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return isObject(value) ? value : {};
}

/** A finite number from 0 on. */
export function amountOf(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : null;
}

/** A value in one line of JSON, cut. */
export function detailOf(value: unknown): string {
  const json = showJson(value ?? null);
  return json.length > MAX_DETAIL ? `${json.slice(0, MAX_DETAIL)}…` : json;
}

/** The fields of an event in one line of JSON, without its type. */
export function eventDetail({ type: _, ...rest }: AguiEvent): string {
  return Object.keys(rest).length > 0 ? detailOf(rest) : "";
}

/** The length of a value as JSON; infinite where it is nested too deep to be written. */
export function jsonLength(value: unknown): number {
  try {
    return JSON.stringify(value)?.length ?? 0;
  } catch {
    return Infinity;
  }
}
