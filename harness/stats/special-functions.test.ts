import fc from 'fast-check';
import jstat from 'jstat';
import { describe, expect, it } from 'vitest';
import { StatisticsDomainError } from './errors.ts';
import { betaQuantile, chiSquareQuantile, normalHalfWidth } from './quantiles.ts';
import { incompleteBeta, incompleteGamma, logBeta, logChoose, logGamma } from './special-functions.ts';

/** Closer than this to the true value, as a part of it. */
const near = (value: number, expected: number, relative = 1e-12): void =>
  expect(Math.abs(value - expected), `${value} for ${expected}`).toBeLessThanOrEqual(
    relative * Math.max(1e-300, Math.abs(expected)),
  );
const positive = (max: number) => fc.double({ min: 0.5, max, noNaN: true });
const unit = fc.double({ min: 0.001, max: 0.999, noNaN: true });

/** "n choose k" in whole numbers. */
function choose(n: number, k: number): bigint {
  let result = 1n;
  for (let i = 1; i <= k; i += 1) result = (result * BigInt(n - k + i)) / BigInt(i);
  return result;
}

/** The chance of at least k heads in n throws of a fair coin, in whole numbers up to the last step. */
function fairTail(n: number, k: number): number {
  let sum = 0n;
  for (let heads = k; heads <= n; heads += 1) sum += choose(n, heads);
  return Number((sum * 10n ** 20n) / 2n ** BigInt(n)) / 1e20;
}

describe('ln Γ', () => {
  // Abramowitz and Stegun, Handbook of Mathematical Functions, table 6.1 and 6.1.8.
  it.each([
    [0.5, Math.log(Math.PI) / 2],
    [1.5, Math.log(Math.PI) / 2 - Math.LN2],
    [3, Math.LN2],
    [10, Math.log(362_880)],
    [11, Math.log(3_628_800)],
    [171, 706.573_062_245_787_4],
    [1e6, 12_815_504.569_147_61],
  ])('of %f', (x, expected) => near(logGamma(x), expected, 3e-14));

  it('is 0 at 1 and 2', () => {
    expect(Math.abs(logGamma(1))).toBeLessThan(1e-14);
    expect(Math.abs(logGamma(2))).toBeLessThan(1e-14);
  });

  it('grows by ln x from x to x + 1', () =>
    fc.assert(
      fc.property(positive(50), (x) => {
        expect(logGamma(x + 1) - logGamma(x)).toBeCloseTo(Math.log(x), 12);
      }),
    ));

  it('gives binomial coefficients and ln B', () => {
    near(Math.exp(logChoose(52, 5)), 2_598_960, 1e-12);
    near(Math.exp(logChoose(10, 3)), 120, 1e-12);
    near(Math.exp(logBeta(3, 4)), 1 / 60, 1e-13);
    fc.assert(
      fc.property(positive(1000), positive(1000), (a, b) => {
        expect(logBeta(a, b)).toBeCloseTo(jstat.betaln(a, b), 7);
      }),
    );
  });
});

describe('the incomplete beta function', () => {
  it('is the tail of a binomial, in whole numbers', () => {
    for (const [n, k] of [
      [1, 1],
      [5, 2],
      [10, 9],
      [61, 3],
      [61, 40],
      [300, 150],
      [1000, 540],
    ] as const) {
      near(incompleteBeta(0.5, k, n - k + 1), fairTail(n, k), 1e-11);
    }
  });

  it('has no closed form to fear where there is one', () => {
    near(incompleteBeta(0.3, 1, 1), 0.3, 1e-14);
    near(incompleteBeta(0.3, 2, 1), 0.09, 1e-14);
    near(incompleteBeta(0.9, 1, 3), 0.999, 1e-14);
    near(incompleteBeta(0.25, 0.5, 0.5), 1 / 3, 1e-13);
    expect([incompleteBeta(0, 2, 3), incompleteBeta(1, 2, 3)]).toEqual([0, 1]);
    expect([incompleteBeta(-1, 2, 3), incompleteBeta(2, 2, 3)]).toEqual([0, 1]);
  });

  it('is its own complement, and what jstat has', () =>
    fc.assert(
      fc.property(unit, positive(500), positive(500), (x, a, b) => {
        expect(incompleteBeta(x, a, b) + incompleteBeta(1 - x, b, a)).toBeCloseTo(1, 11);
        expect(incompleteBeta(x, a, b)).toBeCloseTo(jstat.ibeta(x, a, b), 7);
      }),
    ));
});

describe('the incomplete gamma function', () => {
  it('is a sum of Poisson chances where its shape is a whole number', () => {
    for (const [shape, x] of [
      [1, 0.2],
      [1, 5],
      [4, 2],
      [4, 5],
      [4, 5.1],
      [30, 12],
      [30, 60],
    ] as const) {
      let term = Math.exp(-x);
      let sum = 0;
      for (let k = 0; k < shape; term *= x / ++k) sum += term;
      expect(incompleteGamma(shape, x)).toBeCloseTo(1 - sum, 13);
    }
    expect([incompleteGamma(2, 0), incompleteGamma(2, -1)]).toEqual([0, 0]);
  });

  it('is what jstat has', () =>
    fc.assert(
      fc.property(positive(80), positive(160), (a, x) => {
        expect(incompleteGamma(a, x)).toBeCloseTo(jstat.lowRegGamma(a, x), 8);
      }),
    ));
});

describe('quantiles', () => {
  // NIST/SEMATECH e-Handbook of Statistical Methods, table 1.3.6.7.4.
  it.each([
    [0.95, 1, 3.841],
    [0.95, 2, 5.991],
    [0.95, 4, 9.488],
    [0.95, 8, 15.507],
    [0.975, 10, 20.483],
    [0.99, 20, 37.566],
    [0.05, 2, 0.103],
    [0.025, 10, 3.247],
    [0.01, 1, 0.000_157_1],
    [0.95, 100, 124.342],
  ])('of chi-square at %f with %i degrees of freedom', (probability, degrees, expected) => {
    const value = chiSquareQuantile(probability, degrees);
    expect(Math.abs(value - expected)).toBeLessThan(expected < 0.001 ? 5e-8 : 5.1e-4);
  });

  it('of chi-square with two degrees are logarithms', () => {
    for (const probability of [0.05, 0.5, 0.95, 0.999]) {
      near(chiSquareQuantile(probability, 2), -2 * Math.log1p(-probability), 1e-13);
    }
  });

  it('of the normal distribution', () => {
    near(normalHalfWidth(0.95), 1.959_963_984_540_054, 1e-13);
    near(normalHalfWidth(0.99), 2.575_829_303_548_901, 1e-13);
  });

  it('undo their distribution, and are what jstat has', () =>
    fc.assert(
      fc.property(unit, positive(200), positive(200), (probability, a, b) => {
        const value = betaQuantile(probability, a, b);
        expect(incompleteBeta(value, a, b)).toBeCloseTo(probability, 10);
        near(value, jstat.beta.inv(probability, a, b), 1e-5);
        near(chiSquareQuantile(probability, a), jstat.chisquare.inv(probability, a), 1e-5);
      }),
      { numRuns: 40 },
    ));

  it.each([0, 1, -0.1, 1.1, NaN])('do not exist for %f', (probability) => {
    expect(() => betaQuantile(probability, 1, 1)).toThrow(StatisticsDomainError);
    expect(() => chiSquareQuantile(probability, 1)).toThrow(/a probability must lie between 0 and 1, not/);
  });
});
