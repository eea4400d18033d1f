import { requireOpenUnit } from './errors.ts';
import { firstWhere } from './root.ts';
import { incompleteBeta, incompleteGamma } from './special-functions.ts';

/** The value that a Beta(a, b) variable does not exceed with this probability. */
export function betaQuantile(probability: number, a: number, b: number): number {
  requireOpenUnit('a probability', probability);
  return firstWhere(0, 1, (x) => incompleteBeta(x, a, b) >= probability);
}

/** The value that a chi-square variable does not exceed with this probability. */
export function chiSquareQuantile(probability: number, degreesOfFreedom: number): number {
  requireOpenUnit('a probability', probability);
  const isBeyond = (x: number): boolean => incompleteGamma(degreesOfFreedom / 2, x / 2) >= probability;
  let high = degreesOfFreedom;
  while (!isBeyond(high)) high *= 2;
  return firstWhere(0, high, isBeyond);
}

/** Half the width, in standard deviations, of the middle of a normal distribution that holds this much of it: 1.96 for 95 %. */
export function normalHalfWidth(probability: number): number {
  return Math.sqrt(chiSquareQuantile(probability, 1));
}
