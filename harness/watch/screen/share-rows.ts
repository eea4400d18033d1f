/**
 * Shares the rows of a screen among sections: one after the other gets a row more, until each has what it wants or none is left.
 *
 * @param wanted rows of each, the most important first; 0 for one that is not shown.
 * @returns rows of each.
 */
export function shareRows(wanted: readonly number[], rows: number): number[] {
  const shares = wanted.map(() => 0);
  for (let left = rows; left > 0;) {
    const before = left;
    wanted.forEach((want, index) => {
      const share = shares[index] ?? 0;
      if (left === 0 || share >= want) return;
      shares[index] = share + 1;
      left -= 1;
    });
    if (left === before) break;
  }
  return shares;
}
