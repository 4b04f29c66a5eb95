// The form of a question (protocol 13.2): its fields, and the answer that was typed.

import { isObject } from "../../protocol/messages.js";
import type { Draft } from "./draft.js";
import { itemsOf } from "./form-problem.js";

export interface FormField {
  /** Its name in a draft: with that of its section. */
  key: string;
  name: string;
  type: "string" | "integer" | "number" | "boolean" | "array";
  title: string;
  description: string;
  options: readonly (string | number)[] | null;
  format: string;
  isRequired: boolean;
  /** Attributes of the element that bound its value. */
  bounds: Record<string, number>;
  /** The schema, with the bounds for which there is no attribute. */
  schema: Readonly<Record<string, unknown>>;
  /** What is in the field before the user changes it; of a list, a line for each text. */
  preset: string | boolean;
}

/** Fields that are an object of the answer. */
export interface FormSection {
  key: string;
  name: string;
  title: string;
  description: string;
  isRequired: boolean;
  fields: readonly FormField[];
}

export type FormPart = FormField | FormSection;

const BOUNDS = [
  ["minimum", "min"],
  ["maximum", "max"],
  ["minLength", "minLength"],
  ["maxLength", "maxLength"],
] as const;

/** The fields and sections of a form, which the server has checked. */
export function partsOf(form: Readonly<Record<string, unknown>>): FormPart[] {
  return entriesOf(form).map(([name, part, isRequired]) =>
    part["type"] === "object"
      ? {
          key: name,
          name,
          ...wordsOf(name, part),
          isRequired,
          fields: entriesOf(part).map(([inner, one, isNeeded]) =>
            fieldOf(inner, one, isNeeded, `${name}/`),
          ),
        }
      : fieldOf(name, part, isRequired),
  );
}

function entriesOf(
  form: Readonly<Record<string, unknown>>,
): [string, Record<string, unknown>, boolean][] {
  const { properties, required } = form;
  const names = new Set(Array.isArray(required) ? required : []);
  return Object.entries(isObject(properties) ? properties : {}).flatMap(([name, part]) =>
    isObject(part) ? [[name, part, names.has(name)]] : [],
  );
}

function fieldOf(
  name: string,
  schema: Record<string, unknown>,
  isRequired: boolean,
  section = "",
): FormField {
  const type = schema["type"] as FormField["type"];
  const bounds = BOUNDS.flatMap(([key, attribute]) =>
    typeof schema[key] === "number" ? [[attribute, schema[key]] as const] : [],
  );
  const { items, default: preset } = schema;
  const options = type === "array" ? isObject(items) && items["enum"] : schema["enum"];
  return {
    key: section + name,
    name,
    type,
    ...wordsOf(name, schema),
    options: Array.isArray(options) ? options : null,
    format: textOf(schema["format"]),
    isRequired,
    bounds: Object.fromEntries(bounds),
    schema,
    preset: presetOf(type, preset),
  };
}

function presetOf(type: FormField["type"], preset: unknown): string | boolean {
  if (type === "boolean") return preset === true;
  if (Array.isArray(preset)) return preset.join("\n");
  return preset == null ? "" : String(preset);
}

function wordsOf(name: string, part: Record<string, unknown>) {
  return { title: textOf(part["title"]) || name, description: textOf(part["description"]) };
}

/** The answer in a draft: an object without the fields that were left empty. */
export function answerOf(parts: readonly FormPart[], draft: Draft): Record<string, unknown> {
  const answer: Record<string, unknown> = {};
  for (const part of parts) {
    const value = "fields" in part ? sectionOf(part, draft) : typedIn(part, draft);
    if (value !== undefined) answer[part.name] = value;
  }
  return answer;
}

/** A section that may be left out is a part of the answer once something was typed in it. */
function sectionOf({ fields, isRequired }: FormSection, draft: Draft): unknown {
  const isTyped = fields.some(({ key }) => draft[key] !== undefined);
  return isRequired || isTyped ? answerOf(fields, draft) : undefined;
}

function typedIn({ key, type, options, preset, isRequired }: FormField, draft: Draft): unknown {
  const typed = draft[key] ?? preset;
  if (typeof typed === "boolean") return typed;
  if (type === "array") {
    const texts = itemsOf(typed);
    return texts.length > 0 || isRequired || draft[key] !== undefined ? texts : undefined;
  }
  if (options) return options.find((option) => String(option) === typed);
  if (typed === "") return isRequired && type === "string" ? "" : undefined;
  return type === "string" ? typed : Number(typed);
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
