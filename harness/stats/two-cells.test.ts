import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { barnardExact, pooledScore } from './barnard.ts';
import { fisherExact } from './fisher.ts';
import type { TrialTally } from './rate-bounds.ts';

type Table = readonly [one: TrialTally, other: TrialTally];
/** Failures and good trials of one cell, then of the other. */
const table = (bad: number, good: number, otherBad: number, otherGood: number): Table => [
  { trials: bad + good, failures: bad },
  { trials: otherBad + otherGood, failures: otherBad },
];
const cell = fc
  .tuple(fc.integer({ min: 1, max: 12 }), fc.double({ min: 0, max: 1, noNaN: true }))
  .map(([trials, part]) => ({ trials, failures: Math.round(part * trials) }));

describe("Fisher's exact test", () => {
  it.each([
    ['the lady who tasted tea, Fisher 1935', table(3, 1, 1, 3), 0.485_714_285_7],
    ['convictions of twins, ?fisher.test of R', table(2, 10, 15, 3), 0.000_536_724_1],
    ['whales and sharks, scipy.stats.fisher_exact', table(8, 2, 1, 5), 0.034_965_035],
    ['one that failed 3 times in 10', table(3, 7, 0, 10), 0.210_526_315_8],
    ['5 in 20 against none', table(5, 15, 0, 20), (2 * 15_504) / 658_008],
    ['a cell without a failure on either side', table(0, 5, 0, 7), 1],
    ['a cell that always failed', table(5, 0, 7, 0), 1],
  ])('of %s', (_what, [one, other], expected) => {
    expect(fisherExact(one, other)).toBeCloseTo(expected, 7);
    expect(fisherExact(other, one)).toBeCloseTo(expected, 7);
  });

  it('counts tables that are as likely as the one seen, though their numbers round differently', () =>
    expect(fisherExact(...table(5, 1, 1, 5))).toBeCloseTo((2 * (36 + 1)) / 924, 12));

  it('is a probability, whatever the cells', () =>
    fc.assert(
      fc.property(cell, cell, (one, other) => {
        const p = fisherExact(one, other);
        expect(p).toBeGreaterThan(0);
        expect(p).toBeLessThanOrEqual(1);
      }),
    ));

  it('wants no more failures than trials', () => {
    expect(() => fisherExact({ trials: 1, failures: 2 }, { trials: 1, failures: 0 })).toThrow(/of 1 trials/);
    expect(() => fisherExact({ trials: 1, failures: 0 }, { trials: 1, failures: 2 })).toThrow(/of 1 trials/);
  });
});

describe("Barnard's exact test", () => {
  // By Barnard::barnard.test(pooled = TRUE, dp = 1e-6) of R, as scipy/stats/tests/test_hypotests.py has them.
  it.each([
    [table(43, 10, 40, 39), 3.555_406_779_643, 0.000_362_832_367],
    [table(100, 1000, 2, 5), -1.776_382_925_679, 0.135_126_970_878],
    [table(2, 8, 7, 2), -2.518_474_945_157, 0.019_210_815_43],
    [table(5, 10, 1, 10), 1.449_486_150_679, 0.156_277_546_306],
    [table(5, 20, 15, 20), -1.851_640_199_545, 0.066_363_501_421],
    [table(5, 20, 16, 25), -1.609_639_949_352, 0.116_984_852_192],
    [table(10, 10, 5, 1), -1.449_486_150_679, 0.177_536_588_915],
    [table(5, 1, 0, 4), 2.581_988_897_472, 0.013_671_875],
    [table(0, 3, 1, 2), -1.095_445_115_01, 0.509_667_991_877],
    [table(0, 6, 2, 4), -1.549_193_338_483, 0.197_019_618_792],
  ])('of %o', ([one, other], score, expected) => {
    expect(pooledScore(one.failures, one.trials, other.failures, other.trials)).toBeCloseTo(score, 11);
    expect(barnardExact(one, other)).toBeCloseTo(expected, 9);
    expect(barnardExact(other, one)).toBeCloseTo(expected, 9);
  });

  it('sees more than Fisher’s in the usual case', () => {
    expect(barnardExact(...table(3, 7, 0, 10))).toBeCloseTo(0.087_587_906_807, 9);
    expect(barnardExact(...table(1, 1, 0, 2))).toBeCloseTo(0.625, 9);
  });

  it('has nothing against two cells that are alike', () => {
    expect(barnardExact(...table(0, 5, 0, 9))).toBe(1);
    expect(barnardExact(...table(5, 0, 9, 0))).toBe(1);
    expect(barnardExact(...table(2, 2, 3, 3))).toBe(1);
    expect(pooledScore(0, 5, 0, 9)).toBe(0);
  });

  it('is the highest chance over all shared rates, as adding up every table has it', () =>
    fc.assert(
      fc.property(cell, cell, (one, other) => {
        const p = barnardExact(one, other);
        for (const rate of [0.03, 0.2, 0.37, 0.5, 0.77]) {
          expect(p).toBeGreaterThanOrEqual(chanceOfTables(one, other, rate) - 1e-9);
        }
        expect(p).toBeLessThanOrEqual(1);
      }),
      { numRuns: 40 },
    ));

  it('of large cells keeps to what can happen', () => {
    expect(barnardExact({ trials: 4000, failures: 3 }, { trials: 4000, failures: 12 })).toBeCloseTo(0.020_504_525, 8);
  });

  it('wants no more failures than trials', () => {
    expect(() => barnardExact({ trials: 1, failures: 2 }, { trials: 1, failures: 0 })).toThrow(/of 1 trials/);
    expect(() => barnardExact({ trials: 1, failures: 0 }, { trials: 1, failures: 2 })).toThrow(/of 1 trials/);
  });
});

/** The chance, at one shared rate, of all tables at least as far apart as these two cells: no shortcuts. */
function chanceOfTables(one: TrialTally, other: TrialTally, rate: number): number {
  const seen = Math.abs(pooledScore(one.failures, one.trials, other.failures, other.trials));
  let sum = 0;
  for (let a = 0; a <= one.trials; a += 1) {
    for (let b = 0; b <= other.trials; b += 1) {
      if (Math.abs(pooledScore(a, one.trials, b, other.trials)) < seen - 1e-9) continue;
      sum += chance(one.trials, a, rate) * chance(other.trials, b, rate);
    }
  }
  return sum;
}

function chance(trials: number, failures: number, rate: number): number {
  let chooses = 1;
  for (let i = 1; i <= failures; i += 1) chooses = (chooses * (trials - failures + i)) / i;
  return chooses * rate ** failures * (1 - rate) ** (trials - failures);
}
