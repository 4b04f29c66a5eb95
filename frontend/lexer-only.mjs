// Leaves out of marked what only its own HTML needs, a fifth of it: the views use its lexer alone. The
// lexer's rules are made with the first text, as they are many long expressions, and not with the page.
//
// The package is one module, and a parser is made when it is loaded, so that no bundler can find out
// by itself that the rest is not used.
import { readFile } from "node:fs/promises";
import { transform } from "esbuild";

/** What makes the parser, and all that follows it: functions of the parser, and the exports. */
const REST = /var (\w+)=new \w+;function \w+\(\w+,\w+\)\{return \1\.parse\(.*$/s;
const LEXER = /\bexport\{(?:[^}]*,)?(\w+) as Lexer\b/;

export const lexerOnly = {
  name: "lexer-only",
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]marked\.esm\.js$/ }, async ({ path }) => {
      const source = await readFile(path, "utf8");
      const lexer = LEXER.exec(source)?.[1];
      if (!lexer || !REST.test(source)) {
        return { errors: [{ text: "marked has another form than lexer-only.mjs expects" }] };
      }
      const { code } = await transform(source.replace(REST, `export{${lexer} as Lexer};`), {
        format: "iife",
        globalName: "marked",
        treeShaking: true,
      });
      const make = `let made;const make=()=>{${code}return marked.Lexer};`;
      return {
        contents: `${make}export function Lexer(options){made??=make();return new made(options)}`,
      };
    });
  },
};
