import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

type Colour = [number, number, number];

/** The contrast that WCAG requires for text of this size. */
const ENOUGH = 4.5;

const css = (path: string) =>
  readFileSync(new URL(`../../src/${path}.css`, import.meta.url), "utf8");
const theme = css("ui/theme");

/** JupyterLab's colours, which replace ours there. */
const LAB = {
  light: {
    bg: "#fff",
    error: "#d32f2f",
    warning: "#f57c00",
    accent: "#1976d2",
    success: "#388e3c",
  },
  dark: { bg: "#111", error: "#f44336", warning: "#ff9800", accent: "#2196f3", success: "#4caf50" },
};

/** Backgrounds that mix one of these tones into the plain one, with the rule that does it. */
const GROUNDS = [
  {
    tones: ["error", "warning"],
    file: "view/log/log-line",
    selector: ":is(.rtw-level-warning, .rtw-level-error, .rtw-level-critical)",
  },
  { tones: ["warning"], file: "view/timeline/timeline", selector: ".rtw-interrupt-open" },
  { tones: ["error"], file: "view/timeline/tools", selector: ".rtw-failure" },
  {
    tones: ["error"],
    file: "view/timeline/tools",
    selector: ".rtw-tool-failed > .rtw-unfold > .rtw-summary",
  },
  { tones: ["success"], file: "view/timeline/tools", selector: ".rtw-pre-result" },
] as const;

function ofTheme(name: string, scheme: "light" | "dark"): Colour {
  const found = theme.match(new RegExp(`--rtw-${name}: light-dark\\((#\\w+), (#\\w+)\\)`));
  return parse(found?.[scheme === "light" ? 1 : 2] ?? expect.unreachable(name));
}

function parse(hex: string): Colour {
  const digits = hex.length === 4 ? hex.replaceAll(/\w/g, "$&$&") : hex;
  const part = (at: number) => Number.parseInt(digits.slice(at, at + 2), 16) / 255;
  return [part(1), part(3), part(5)];
}

function mix(over: Colour, share: number, ground: Colour): Colour {
  return over.map((part, at) => part * share + (ground[at] ?? 0) * (1 - share)) as Colour;
}

function luminance(colour: Colour): number {
  const [red = 0, green = 0, blue = 0] = colour.map((part) =>
    part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4,
  );
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: Colour, other: Colour): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

/** The share of the tone in the background of a rule. */
function shareOf(file: string, selector: string): number {
  const rules = css(file).split("}");
  const rule = rules.find(
    (each) => each.includes(`.realtime-widgets ${selector} {`) && each.includes("color-mix"),
  );
  return Number(rule?.match(/background: color-mix\(in srgb, var\(--rtw-\w+\) (\d+)%/)?.[1]) / 100;
}

describe.each(["light", "dark"] as const)("the colours of terminal text, %s", (scheme) => {
  const own = (name: string) => ofTheme(`own-${name}`, scheme);
  const lab = (name: keyof typeof LAB.light) => parse(LAB[scheme][name]);
  const faint = Number(theme.match(/--rtw-faint: color-mix\(in srgb, var\(--rtw-fg\) (\d+)%/)?.[1]);
  const grounds: [string, Colour][] = [
    ["a plain row", own("bg")],
    ["a plain row of JupyterLab", lab("bg")],
    ["a row under the pointer, and arguments", mix(own("fg"), faint / 100, own("bg"))],
    ...GROUNDS.flatMap(({ tones, file, selector }) =>
      tones.flatMap((tone): [string, Colour][] => {
        const share = shareOf(file, selector);
        return [
          [`${selector} in ${tone}`, mix(own(tone), share, own("bg"))],
          [`${selector} in ${tone} of JupyterLab`, mix(lab(tone), share, lab("bg"))],
        ];
      }),
    ),
  ];

  it.each(grounds)("are readable on %s", (_, ground) => {
    expect(ground.every((part) => part >= 0 && part <= 1)).toBe(true);
    const unreadable = Array.from({ length: 16 }, (_, n) => n).filter(
      (n) => contrast(ofTheme(`ansi-${n}`, scheme), ground) < ENOUGH,
    );

    expect(unreadable).toEqual([]);
  });
});
