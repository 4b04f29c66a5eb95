// What the browser's rounding makes of pixels: smaller differences are none.

/** Of two measured heights. */
export const HEIGHT_ROUNDING = 0.5;

/** Of two scroll positions. */
export const SCROLL_ROUNDING = 1;
