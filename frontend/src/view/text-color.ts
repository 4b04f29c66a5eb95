// A dark page that declares no colour scheme, such as one of Panel, is recognised by its light text.

const ON_DARK = "rtw-on-dark";

/** Of 255: text of a light page is darker, text of a dark page is lighter. */
const MIN_LIGHT = 140;

/**
 * Make a view light or dark after the text colour that it inherits, where no scheme is declared.
 *
 * The colour is read whenever the size of the view changes, which begins when it is laid out. The
 * function returned stops that.
 */
export function followTextColor(view: HTMLElement): () => void {
  const observer = new ResizeObserver(() => {
    view.classList.remove(ON_DARK);
    const isDeclared = getComputedStyle(view).colorScheme !== "normal";
    view.classList.toggle(ON_DARK, !isDeclared && inheritsLightText(view));
  });
  observer.observe(view);
  return () => observer.disconnect();
}

function inheritsLightText({ parentElement }: HTMLElement): boolean {
  if (parentElement === null) return false;
  const { color } = getComputedStyle(parentElement);
  const [red = 0, green = 0, blue = 0] = color.match(/[\d.]+/g)?.map(Number) ?? [];
  return color.startsWith("rgb") && 0.3 * red + 0.59 * green + 0.11 * blue >= MIN_LIGHT;
}
