/** Digits that are shown of a rate. */
const digits = 3;

/** A rate that somebody asked for, in percent, as it was written: `0.5 %`. */
export function percent(rate: number): string {
  return `${Number((rate * 100).toPrecision(12))} %`;
}

/** An upper bound in percent, never shown lower than it is: 0.0049970 is `0.5 %`. */
export function percentAtMost(rate: number): string {
  return percent(rounded(rate, Math.ceil));
}

/** A lower bound in percent, never shown higher than it is. */
export function percentAtLeast(rate: number): string {
  return percent(rounded(rate, Math.floor));
}

function rounded(rate: number, round: (value: number) => number): number {
  if (rate === 0) return 0;
  const unit = 10 ** (Math.floor(Math.log10(rate)) + 1 - digits);
  // 0.07 / 0.001 is 70.00000000000001, which is no reason to say 7.1 %.
  return round(Number((rate / unit).toPrecision(12))) * unit;
}
