// Compiles the part of JSON Schema that our models use into guards in TypeScript.
//
// What a browser needs of a message differs from what the schema has of it, so that a compiler of
// schemas needs another schema first: fields of events are checked by the model and not with
// the message; an unknown field or word (of an enum) of a newer server is accepted; a field that an
// older server leaves out gets its default; lengths and patterns are the server's business. With
// all that rewritten, ajv 8 made 7.2 kB (minified, gzipped) and @exodus/schemasafe 1.3 2.2 kB of it,
// without the defaults, and this makes 1.2 kB. All three take less than a tenth of `JSON.parse`.

const RUNTIME = `
type Guard = (value: unknown) => boolean;
type Fields = Record<string, unknown>;

export function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const isText: Guard = (value) => typeof value === "string";
const isNumber: Guard = (value) => typeof value === "number";
const isBoolean: Guard = (value) => typeof value === "boolean";
const isInteger: Guard = (value) => Number.isSafeInteger(value);
const isFrom0: Guard = (value) => isInteger(value) && Number(value) >= 0;
const isFrom1: Guard = (value) => isInteger(value) && Number(value) >= 1;
const isEvent: Guard = (value) => isObject(value) && isText(value["type"]);

function listOf(guard: Guard): Guard {
  return (value) => Array.isArray(value) && value.every(guard);
}

function orNull(guard: Guard): Guard {
  return (value) => value === null || guard(value);
}

function orMissing(guard: Guard): Guard {
  return (value) => value === undefined || guard(value);
}

function either(first: Guard, second: Guard): Guard {
  return (value) => first(value) || second(value);
}

function isNumberOrText(value: unknown): boolean {
  return typeof value === "number" || typeof value === "string";
}

function mapOf(guard: Guard): Guard {
  return (value) => isObject(value) && Object.values(value).every(guard);
}

/** Set a missing field to its default. */
function isSetOr(fields: Fields, name: string, guard: Guard, value: unknown): boolean {
  if (fields[name] === undefined) fields[name] = value;
  return guard(fields[name]);
}
`;

/** Return guards of server messages and of known events by their `type`, as a TypeScript module. */
export function compileGuards(schema, banner) {
  const definitions = schema.$defs;
  const ofEveryEvent = Object.keys(definitions["UnknownEvent"].properties);
  /** Declarations by the name that they declare, each after those that it uses. */
  const declared = new Map();
  const messages = membersOf("ServerMessage", compileMessage);
  const indexMessages = membersOf("IndexServerMessage", compileMessage);
  const events = membersOf("KnownEvent", compileEvent);
  return `${banner}

import type { IndexServerMessage, KnownEvent, ServerMessage } from "./messages.gen.js";
${RUNTIME}
${[...declared.values()].join("\n")}
/** Guards of messages, which set missing fields that have a default. */
export const MESSAGE_GUARDS: ReadonlyMap<string, Guard> = new Map<ServerMessage["type"], Guard>([
${messages}]);

/** Guards of the messages of the index channel. */
export const INDEX_GUARDS: ReadonlyMap<string, Guard> = new Map<IndexServerMessage["type"], Guard>([
${indexMessages}]);

/** Guards of the fields that events of a type have of their own. */
export const EVENT_GUARDS: ReadonlyMap<string, Guard> = new Map<KnownEvent["type"], Guard>([
${events}]);
`;

  function membersOf(union, compileMember) {
    return Object.entries(definitions[union].discriminator.mapping)
      .map(([type, reference]) => `  ["${type}", ${compileMember(nameOf(reference))}],\n`)
      .join("");
  }

  function compileMessage(name) {
    return compileObject(name, ["type"], ([field, part]) =>
      "default" in part
        ? `isSetOr(fields, "${field}", ${compile(part)}, ${JSON.stringify(part.default)})`
        : `${compile(part)}(fields["${field}"])`,
    );
  }

  function compileEvent(name) {
    return compileObject(name, ofEveryEvent, ([field, part]) => {
      const check = compile(part);
      const isRequired = definitions[name].required.includes(field);
      return `${isRequired ? check : combine("orMissing", check)}(fields["${field}"])`;
    });
  }

  /** Return the name of the guard of an object, without the fields in `common`. */
  function compileObject(name, common, compileField) {
    const guard = `is${name}`;
    if (declared.has(guard)) return guard;
    const checks = Object.entries(definitions[name].properties)
      .filter(([field]) => !common.includes(field))
      .map(compileField);
    declared.set(
      guard,
      `const ${guard}: Guard = (fields) =>\n  ${["isObject(fields)", ...checks].join(" &&\n  ")};\n`,
    );
    return guard;
  }

  /** Return the name of the guard of a part of the schema. */
  function compile(part) {
    if (part.$ref === "#/$defs/JsonValue") return anyValue();
    if (part.$ref) return compileMessage(nameOf(part.$ref));
    if (part.anyOf) return compileUnion(part.anyOf);
    switch (part.type) {
      case "string":
        return "isText";
      case "boolean":
        return "isBoolean";
      case "number":
        return "isNumber";
      case "integer":
        return { 0: "isFrom0", 1: "isFrom1" }[part.minimum] ?? "isInteger";
      case "object": {
        const { additionalProperties: inside } = part;
        return (inside?.anyOf?.[0] ?? inside)?.type === "array"
          ? combine("mapOf", compile(inside))
          : "isObject";
      }
      case "array":
        return combine("listOf", compile(part.items));
      default:
        throw new Error(`no guard for ${JSON.stringify(part)}`);
    }
  }

  function anyValue() {
    declared.set("isAny", "const isAny: Guard = () => true;\n");
    return "isAny";
  }

  function compileUnion(members) {
    if (members.some(({ $ref }) => $ref === "#/$defs/UnknownEvent")) return "isEvent";
    const others = members.filter(({ type }) => type !== "null");
    const checks = new Set(others.map(compile));
    if (checks.has("isNumber")) checks.delete("isInteger"); // each of which is a number
    if (checks.has("isNumber") && checks.has("isText") && checks.size === 2) {
      checks.clear();
      checks.add("isNumberOrText");
    }
    const check = [...checks].reduce(either);
    return others.length < members.length ? combine("orNull", check) : check;
  }

  /** Return the name of the guard of what one of two guards accepts. */
  function either(first, second) {
    const name = `${first}Or${second.slice("is".length)}`;
    if (!declared.has(name)) declared.set(name, `const ${name} = either(${first}, ${second});\n`);
    return name;
  }

  /** Return the name of the guard that a function of the runtime makes of another guard. */
  function combine(combinator, guard) {
    const of = { listOf: "isListOf", mapOf: "isMapOf" }[combinator];
    const name = of ? guard.replace("is", of) : guard + capital(combinator);
    if (!declared.has(name)) declared.set(name, `const ${name} = ${combinator}(${guard});\n`);
    return name;
  }
}

function capital(word) {
  return word[0].toUpperCase() + word.slice(1);
}

function nameOf(reference) {
  return reference.split("/").at(-1);
}
