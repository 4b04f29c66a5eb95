// Why what was typed into a field of a form does not fit, where no attribute of an element checks it.

type Schema = Readonly<Record<string, unknown>>;

/** Most texts in a list. */
const MAX_ITEMS = 100;

/** The texts of a list, one on each line. */
export function itemsOf(typed: string): string[] {
  return typed.split("\n").filter((line) => line.trim() !== "");
}

/** The problem in words, "" where there is none. */
export function problemOf(schema: Schema, typed: string): string {
  const { type } = schema;
  if (type === "array") return problemOfList(schema, itemsOf(typed));
  if (typed === "" || type === "string") return "";
  const { exclusiveMinimum: low, exclusiveMaximum: high } = schema;
  if (typeof low === "number" && Number(typed) <= low) return `Must be above ${low}.`;
  if (typeof high === "number" && Number(typed) >= high) return `Must be below ${high}.`;
  return "";
}

function problemOfList(schema: Schema, texts: readonly string[]): string {
  const { minItems, maxItems, items } = schema;
  const most = Math.min(numberOf(maxItems, MAX_ITEMS), MAX_ITEMS);
  if (texts.length < numberOf(minItems, 0)) return `At least ${minItems} are needed.`;
  if (texts.length > most) return `At most ${most} are allowed.`;
  const { minLength, maxLength } = (items ?? {}) as Record<string, unknown>;
  const wrong = texts.find(
    ({ length }) => length < numberOf(minLength, 0) || length > numberOf(maxLength, length),
  );
  return wrong === undefined ? "" : `“${wrong.slice(0, 40)}” is too short or too long.`;
}

function numberOf(value: unknown, otherwise: number): number {
  return typeof value === "number" ? value : otherwise;
}
