// How terminal text looks: "select graphic rendition", the `m` sequences of ANSI.

/** A colour of the theme's palette (0 to 15), or a literal one as CSS. */
export type SgrColor = number | string;

export interface SgrStyle {
  readonly color: SgrColor | null;
  readonly background: SgrColor | null;
  readonly isBold: boolean;
  readonly isDim: boolean;
  readonly isItalic: boolean;
  readonly isUnderlined: boolean;
  readonly isStruck: boolean;
  readonly isInverse: boolean;
}

export const PLAIN: SgrStyle = {
  color: null,
  background: null,
  isBold: false,
  isDim: false,
  isItalic: false,
  isUnderlined: false,
  isStruck: false,
  isInverse: false,
};

const SIMPLE = new Map<number, Partial<SgrStyle>>([
  [1, { isBold: true }],
  [2, { isDim: true }],
  [3, { isItalic: true }],
  [4, { isUnderlined: true }],
  [7, { isInverse: true }],
  [9, { isStruck: true }],
  [21, { isUnderlined: true }],
  [22, { isBold: false, isDim: false }],
  [23, { isItalic: false }],
  [24, { isUnderlined: false }],
  [27, { isInverse: false }],
  [29, { isStruck: false }],
  [39, { color: null }],
  [49, { background: null }],
]);

/** The style after a sequence with these parameters, such as `1;38;5;208`. */
export function sgr(before: SgrStyle, parameters: string): SgrStyle {
  let style = before;
  const groups = parameters.split(";");
  for (let index = 0; index < groups.length; index++) {
    const group = (groups[index] ?? "").split(":").map(Number);
    const code = group[0] ?? 0;
    if (code === 38 || code === 48) {
      // `38;5;n` takes the parameters that follow, `38:5:n` is one parameter.
      const isOwn = group.length > 1;
      const rest = isOwn ? group.slice(1) : groups.slice(index + 1, index + 5).map(Number);
      const extended = extendedColor(rest, isOwn);
      if (!isOwn) index += extended.used;
      if (extended.color !== null) {
        style = { ...style, [code === 38 ? "color" : "background"]: extended.color };
      }
    } else {
      style = simple(style, code, group[1]);
    }
  }
  return isPlain(style) ? PLAIN : style;
}

function simple(style: SgrStyle, code: number, detail: number | undefined): SgrStyle {
  if (code === 0) return PLAIN;
  if (code === 4 && detail === 0) return { ...style, isUnderlined: false };
  if (code >= 30 && code <= 37) return { ...style, color: code - 30 };
  if (code >= 40 && code <= 47) return { ...style, background: code - 40 };
  if (code >= 90 && code <= 97) return { ...style, color: code - 90 + 8 };
  if (code >= 100 && code <= 107) return { ...style, background: code - 100 + 8 };
  return { ...style, ...SIMPLE.get(code) };
}

function extendedColor(rest: number[], isOwn: boolean): { color: SgrColor | null; used: number } {
  const [mode, ...values] = rest;
  if (mode === 5) return { color: indexedColor(values[0] ?? Number.NaN), used: 2 };
  if (mode !== 2) return { color: null, used: 1 };
  // With colons a colour space may come before the three values.
  const [red, green, blue] = isOwn && values.length > 3 ? values.slice(1) : values;
  return { color: rgb(red, green, blue), used: 4 };
}

/** The 256 colours: the palette, a cube of 6 levels a side, and 24 greys. */
function indexedColor(index: number): SgrColor | null {
  if (!(index >= 0 && index <= 255)) return null;
  if (index < 16) return index;
  if (index >= 232) {
    const grey = 8 + (index - 232) * 10;
    return rgb(grey, grey, grey);
  }
  const cube = index - 16;
  const level = (step: number) => (step === 0 ? 0 : 55 + step * 40);
  return rgb(level(Math.floor(cube / 36)), level(Math.floor(cube / 6) % 6), level(cube % 6));
}

function rgb(red = 0, green = 0, blue = 0): string | null {
  const isByte = (value: number) => Number.isInteger(value) && value >= 0 && value <= 255;
  return [red, green, blue].every(isByte) ? `rgb(${red}, ${green}, ${blue})` : null;
}

function isPlain(style: SgrStyle): boolean {
  return Object.entries(PLAIN).every(([name, value]) => style[name as keyof SgrStyle] === value);
}
