/**
 * Where a property that grows true from left to right becomes true, to the last bit of a double.
 *
 * @param isBeyond false at `low`, true at `high`, and never false again once it is true.
 */
export function firstWhere(low: number, high: number, isBeyond: (x: number) => boolean): number {
  let before = low;
  let after = high;
  for (;;) {
    const middle = before + (after - before) / 2;
    if (middle <= before || middle >= after) return after;
    if (isBeyond(middle)) after = middle;
    else before = middle;
  }
}
