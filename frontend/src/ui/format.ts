// Formats numbers and times.
//
// The snapshot has the same rules (`display/number_words.py`); tests/vectors/format.json tests both.

/** Significant digits of numbers below 1, and of scaled ones. */
const DIGITS = 3;

/** Smaller numbers are written with an exponent. */
const SMALLEST = 1e-6;

/** Powers of 1,000. */
const BYTES = ["B", "kB", "MB", "GB", "TB", "PB"] as const;

const BYTE_UNITS = new Set(["B", "byte", "bytes"]);

/** Formats by some options; what does it is made with the first number, as each takes milliseconds. */
function formatter(options: Intl.NumberFormatOptions): (value: number) => string {
  let made: Intl.NumberFormat | undefined;
  return (value) => {
    made ??= new Intl.NumberFormat("en", { signDisplay: "negative", ...options });
    return made.format(value);
  };
}

const hundredths = formatter({ maximumFractionDigits: 2 });
const whole = formatter({ maximumFractionDigits: 0 });
const significant = formatter({ maximumSignificantDigits: DIGITS });
const scientific = formatter({ maximumSignificantDigits: DIGITS, notation: "scientific" });

/** "1,234,567", "12.35", "0.00123", "1.23e-7". */
export function formatNumber(value: number): string {
  const size = Math.abs(value);
  // As the format for hundredths writes them, whose first use blocks a page for up to 30 ms.
  if (Number.isSafeInteger(value)) return String(value).replace(/\B(?=(\d{3})+$)/g, ",");
  if (size >= 1) return hundredths(value);
  const isTiny = size !== 0 && Number(size.toPrecision(DIGITS)) < SMALLEST;
  return isTiny ? scientific(value).replace("E", "e") : significant(value);
}

/** "1 line", "2 lines". */
export function formatCount(count: number, noun: string): string {
  return `${formatNumber(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** An amount: "934/1,500 batch", "48.3 MB/1.2 GB". */
export function formatAmount(current: number, total: number | null, unit: string | null): string {
  const isBytes = unit !== null && BYTE_UNITS.has(unit);
  const write = isBytes ? formatBytes : formatNumber;
  const amount = total === null ? write(current) : `${write(current)}/${write(total)}`;
  return unit && !isBytes ? `${amount} ${unit}` : amount;
}

/** A rate: "1,235/s", "2.35/s", "25 s/it", "3 min 20 s/it", "4.2 MB/s". */
export function formatRate(perSecond: number, unit: string | null): string {
  if (unit !== null && BYTE_UNITS.has(unit)) return `${formatBytes(perSecond)}/s`;
  if (perSecond >= 1) return `${formatRounded(perSecond)}/s`;
  const each = 1 / perSecond;
  return each < 60 ? `${formatRounded(each)} s/it` : `${formatDuration(each * 1000)}/it`;
}

/** A share of 0 to 1, rounded down: "62%". */
export function formatShare(share: number): string {
  // 0.29 * 100 is a little less than 29.
  return `${Math.floor(share * 100 + 1e-9)}%`;
}

/** Elapsed time: "42 s", "3 min 07 s", "2 h 05 min". */
export function formatDuration(milliseconds: number): string {
  const seconds = Math.max(Math.floor(milliseconds / 1000), 0);
  const pad = (value: number) => String(value).padStart(2, "0");
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${pad(seconds % 60)} s`;
  return `${formatNumber(Math.floor(minutes / 60))} h ${pad(minutes % 60)} min`;
}

/** The duration of a finished task: "<0.1 s", "1.4 s", from 10 s on as `formatDuration`. */
export function formatSpan(milliseconds: number): string {
  const tenths = Math.floor(Math.max(milliseconds, 0) / 100);
  if (tenths === 0) return "<0.1 s";
  return tenths < 100 ? `${(tenths / 10).toFixed(1)} s` : formatDuration(milliseconds);
}

/** The duration of a part of a timeline: "38 ms", from 1 s on as `formatSpan`. */
export function formatTook(milliseconds: number): string {
  return milliseconds < 1_000
    ? `${Math.max(Math.floor(milliseconds), 0)} ms`
    : formatSpan(milliseconds);
}

/** How long a model took until it wrote: "first token after 412 ms". */
export function firstTokenWords(milliseconds: number): string {
  return `first token after ${formatTook(milliseconds)}`;
}

/** A count of thousands and more in few characters: "88", "8.0k", "12.4k", "123k", "3.1M". */
export function formatShortCount(count: number): string {
  if (count < 1_000) return formatNumber(count);
  const [scaled, unit] = count < 999_950 ? [count / 1e3, "k"] : [count / 1e6, "M"];
  return `${scaled < 99.95 ? scaled.toFixed(1) : Math.round(scaled)}${unit}`;
}

/** "42 s ago", "3 min ago", "2 h ago", "5 days ago". */
export function formatAgo(milliseconds: number): string {
  return `${formatMinutes(milliseconds)} ago`;
}

/** A time in its largest unit, rounded down: "42 s", "3 min", "2 h", "5 days". */
export function formatMinutes(milliseconds: number): string {
  const seconds = Math.max(Math.floor(milliseconds / 1000), 0);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours} h`;
  return formatCount(Math.floor(hours / 24), "day");
}

function formatBytes(value: number): string {
  let scaled = value;
  let power = 0;
  // A number that would be rounded to 1,000 is written in the next unit.
  while (power < BYTES.length - 1 && Math.abs(Number(scaled.toPrecision(DIGITS))) >= 1000) {
    scaled /= 1000;
    power += 1;
  }
  return `${significant(scaled)} ${BYTES[power]}`;
}

/** Three significant digits, or a whole number. */
function formatRounded(value: number): string {
  return value >= 99.5 ? whole(value) : significant(value);
}
