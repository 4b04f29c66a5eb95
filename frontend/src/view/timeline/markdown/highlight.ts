// Code as segments with colours, by the rules of its language: text stays text.

import bash from "@speed-highlight/core/languages/bash.js";
import diff from "@speed-highlight/core/languages/diff.js";
import json from "@speed-highlight/core/languages/json.js";
import python from "@speed-highlight/core/languages/py.js";
import typescript from "@speed-highlight/core/languages/ts.js";
import yaml from "@speed-highlight/core/languages/yaml.js";
import { type ShjLanguageData, type ShjToken, tokenizeWith } from "@speed-highlight/core/tokenize";
import type { Segment } from "../../../terminal/ansi.js";
import { PLAIN, type SgrStyle } from "../../../terminal/sgr.js";

/** Most characters that are coloured: the time of some rules grows with the square of the length. */
export const MAX_CODE = 3_000;

/** The languages that a block may name. The rules of SQL and of HTML are as large as all of these. */
const LANGUAGES = new Map<string, unknown>(
  Object.entries({
    py: python,
    python,
    python3: python,
    ipython: python,
    js: typescript,
    javascript: typescript,
    jsx: typescript,
    ts: typescript,
    tsx: typescript,
    typescript,
    json,
    jsonc: json,
    jsonl: json,
    bash,
    sh: bash,
    shell: bash,
    zsh: bash,
    console: bash,
    diff,
    patch: diff,
    yaml,
    yml: yaml,
  }),
);

/** The colours of terminals, which are readable in each theme. */
const COLORS: Partial<Record<ShjToken, number>> = {
  cmnt: 8,
  kwd: 5,
  str: 2,
  num: 4,
  bool: 4,
  func: 6,
  class: 3,
  type: 3,
  var: 1,
  insert: 2,
  deleted: 1,
};

/** The segments of a piece of code; null where its language is not known, or it is too long. */
export function highlight(code: string, language: string): Segment[] | null {
  const rules = rulesOf(language.toLowerCase());
  if (!rules || code.length > MAX_CODE) return null;
  const segments: Segment[] = [];
  const add = (text: string, token?: ShjToken) => {
    const style = STYLES.get(token) ?? PLAIN;
    const last = segments.at(-1);
    if (last?.style === style) last.text += text;
    else if (text !== "") segments.push({ text, style, href: null });
  };
  // An f-string has Python in it.
  tokenizeWith(code, rules, add, { languages: { py: rules } });
  return segments;
}

/** The types of the package do not allow for this project's exact optional properties. */
function rulesOf(language: string): ShjLanguageData | undefined {
  return LANGUAGES.get(language) as ShjLanguageData | undefined;
}

const STYLES = new Map<string | undefined, SgrStyle>(
  Object.entries(COLORS).map(([token, color]) => [token, { ...PLAIN, color }]),
);
