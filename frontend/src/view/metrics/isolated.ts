// The values of a curve that no line leads to or from: they are drawn as points.

/**
 * The indices of the values between two gaps; null where there are none.
 *
 * `values` are those of one curve: null is a gap, undefined an x that only other curves have.
 */
export function isolatedIn(values: Iterable<number | null | undefined>): number[] | null {
  const isolated: number[] = [];
  /** The index of a value that comes first after a gap, null elsewhere. */
  let first: number | null = null;
  let isInGap = true;
  let index = -1;
  for (const value of values) {
    index += 1;
    if (value === undefined) continue;
    if (value === null && first !== null) isolated.push(first);
    first = value !== null && isInGap ? index : null;
    isInGap = value === null;
  }
  if (first !== null) isolated.push(first);
  return isolated.length > 0 ? isolated : null;
}
