// The form of a question (protocol 13.2): its fields, and the answer that was typed.

import { isObject } from "../../protocol/messages.js";
import type { Draft } from "./draft.js";

export interface FormField {
  name: string;
  type: "string" | "integer" | "number" | "boolean";
  title: string;
  description: string;
  options: readonly (string | number)[] | null;
  isDate: boolean;
  isRequired: boolean;
  /** Attributes of the element that bound its value. */
  bounds: Record<string, number>;
  /** What is in the field before the user changes it. */
  preset: string | boolean;
}

const BOUNDS = [
  ["minimum", "min"],
  ["maximum", "max"],
  ["minLength", "minLength"],
  ["maxLength", "maxLength"],
] as const;

/** The fields of a form, which the server has checked. */
export function fieldsOf(form: Readonly<Record<string, unknown>>): FormField[] {
  const { properties, required } = form;
  const names = new Set(Array.isArray(required) ? required : []);
  return Object.entries(isObject(properties) ? properties : {}).flatMap(([name, part]) =>
    isObject(part) ? [fieldOf(name, part, names.has(name))] : [],
  );
}

function fieldOf(name: string, part: Record<string, unknown>, isRequired: boolean): FormField {
  const type = part["type"] as FormField["type"];
  const bounds = BOUNDS.flatMap(([key, attribute]) =>
    typeof part[key] === "number" ? [[attribute, part[key]] as const] : [],
  );
  const preset = part["default"];
  return {
    name,
    type,
    title: textOf(part["title"]) || name,
    description: textOf(part["description"]),
    options: Array.isArray(part["enum"]) ? part["enum"] : null,
    isDate: part["format"] === "date",
    isRequired,
    bounds: Object.fromEntries(bounds),
    preset: type === "boolean" ? preset === true : preset == null ? "" : String(preset),
  };
}

/** The answer in a draft: an object without the fields that were left empty. */
export function answerOf(fields: readonly FormField[], draft: Draft): Record<string, unknown> {
  const answer: Record<string, unknown> = {};
  for (const { name, type, options, preset, isRequired } of fields) {
    const typed = draft[name] ?? preset;
    if (typeof typed === "boolean") answer[name] = typed;
    else if (options) {
      const chosen = options.find((option) => String(option) === typed);
      if (chosen !== undefined) answer[name] = chosen;
    } else if (typed === "") {
      if (isRequired && type === "string") answer[name] = "";
    } else answer[name] = type === "string" ? typed : Number(typed);
  }
  return answer;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
