import fc from 'fast-check';
import jstat from 'jstat';
import { describe, expect, it } from 'vitest';
import { StatisticsDomainError } from './errors.ts';
import { percent, percentAtLeast, percentAtMost } from './percent.ts';
import {
  clopperPearson,
  clopperPearsonLower,
  clopperPearsonUpper,
  zeroFailureBound,
  zeroFailureTrials,
} from './rate-bounds.ts';

const tally = fc
  .tuple(fc.integer({ min: 1, max: 400 }), fc.double({ min: 0, max: 1, noNaN: true }))
  .map(([trials, part]) => ({ trials, failures: Math.round(part * trials) }));
const confidence = fc.double({ min: 0.5, max: 0.999, noNaN: true });

describe('the bound for trials without a failure', () => {
  // The usual table of success runs, n = ln(1-C) / ln(R): O'Connor and Kleyner, Practical Reliability Engineering, 14.
  it.each([
    [0.1, 0.9, 22],
    [0.1, 0.95, 29],
    [0.1, 0.99, 44],
    [0.05, 0.95, 59],
    [0.05, 0.99, 90],
    [0.02, 0.95, 149],
    [0.01, 0.9, 230],
    [0.01, 0.95, 299],
    [0.01, 0.99, 459],
    [0.005, 0.95, 598],
    [0.005, 0.99, 919],
    [0.001, 0.95, 2995],
    [0.001, 0.99, 4603],
    [0.99, 0.5, 1],
  ])('rates from %f on are ruled out at %f after %i trials, and not before', (rate, level, trials) => {
    expect(zeroFailureTrials(rate, level)).toBe(trials);
    expect(zeroFailureBound(trials, level)).toBeLessThan(rate);
    expect(zeroFailureBound(trials - 1, level)).toBeGreaterThanOrEqual(rate);
  });

  it('is exact', () => {
    expect(zeroFailureBound(598, 0.95)).toBeCloseTo(0.004_997_058_694_246_5, 16);
    expect(zeroFailureBound(1, 0.95)).toBeCloseTo(0.95, 15);
    expect(zeroFailureBound(0, 0.95)).toBe(1);
    expect(zeroFailureBound(1e9, 0.95) * 1e9).toBeCloseTo(2.995_732, 5);
  });

  it('wants one trial more where it only reaches the rate: "below" is below', () =>
    expect([zeroFailureTrials(0.5, 0.5), zeroFailureTrials(0.5, 0.75)]).toEqual([2, 3]));

  it('is the one-sided bound of Clopper and Pearson', () =>
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5000 }), confidence, (trials, level) => {
        expect(zeroFailureBound(trials, level)).toBeCloseTo(clopperPearsonUpper({ trials, failures: 0 }, level), 11);
      }),
      { numRuns: 30 },
    ));
});

describe('the interval of Clopper and Pearson', () => {
  // R 4: binom.test(x, n)$conf.int.
  it.each([
    [0, 10, 0, 0.308_497_1],
    [1, 10, 0.002_528_579, 0.445_016_1],
    [5, 10, 0.187_086, 0.812_914],
    [10, 10, 0.691_502_9, 1],
  ])('of %i in %i', (failures, trials, lower, upper) => {
    const interval = clopperPearson({ trials, failures }, 0.95);
    expect(interval.lower).toBeCloseTo(lower, 6);
    expect(interval.upper).toBeCloseTo(upper, 6);
  });

  // Trials that are needed to claim a rate with failures allowed, 95 %, one-sided: MIL-HDBK-781A tables round the same numbers.
  it.each([
    [1, 0.05, 93],
    [2, 0.05, 124],
    [3, 0.05, 153],
    [1, 0.01, 473],
    [2, 0.01, 628],
    [3, 0.01, 773],
    [1, 0.005, 947],
  ])('rules out with %i failures a rate of %f after %i trials, and not before', (failures, rate, trials) => {
    expect(clopperPearsonUpper({ trials, failures }, 0.95)).toBeLessThan(rate);
    expect(clopperPearsonUpper({ trials: trials - 1, failures }, 0.95)).toBeGreaterThanOrEqual(rate);
  });

  it('is what jstat makes of it, and lies around what was seen', () =>
    fc.assert(
      fc.property(tally, confidence, ({ trials, failures }, level) => {
        const { lower, upper } = clopperPearson({ trials, failures }, level);
        const tail = (1 - level) / 2;
        expect(lower).toBeCloseTo(failures === 0 ? 0 : jstat.beta.inv(tail, failures, trials - failures + 1), 6);
        expect(upper).toBeCloseTo(
          failures === trials ? 1 : jstat.beta.inv(1 - tail, failures + 1, trials - failures),
          6,
        );
        expect(lower).toBeLessThanOrEqual(failures / trials);
        expect(upper).toBeGreaterThanOrEqual(failures / trials);
        const mirrored = clopperPearsonLower({ trials, failures: trials - failures }, (1 + level) / 2);
        expect(mirrored).toBeCloseTo(1 - upper, 9);
      }),
      { numRuns: 40 },
    ));
});

describe('numbers that cannot be', () => {
  it.each([
    [
      'half a trial',
      () => zeroFailureBound(0.5, 0.95),
      /a number of trials must be a whole number from 0 on, not 0\.5/,
    ],
    ['fewer than no trials', () => zeroFailureBound(-1, 0.95), /a number of trials/],
    ['certainty', () => zeroFailureBound(1, 1), /a confidence must lie between 0 and 1, not 1/],
    ['no confidence', () => zeroFailureTrials(0.5, 0), /a confidence/],
    ['no rate', () => zeroFailureTrials(0, 0.5), /a rate/],
    ['more failures than trials', () => clopperPearsonUpper({ trials: 2, failures: 3 }, 0.95), /of 2 trials .* not 3/],
    ['negative failures', () => clopperPearsonLower({ trials: 2, failures: -1 }, 0.95), /a number of failures/],
    ['an interval of certainty', () => clopperPearson({ trials: 2, failures: 1 }, 1), /a confidence/],
  ])('%s', (_what, act, message) => {
    expect(act).toThrow(StatisticsDomainError);
    expect(act).toThrow(message);
    expect(act).toThrow(expect.objectContaining({ code: 'STATS_DOMAIN', kind: 'internal' }));
  });
});

describe('a rate in words', () => {
  it.each([
    [0.005, '0.5 %', '0.5 %', '0.5 %'],
    [0.004_997_058_7, '0.49970587 %', '0.5 %', '0.499 %'],
    [0.631_597, '63.1597 %', '63.2 %', '63.1 %'],
    [0.07, '7 %', '7 %', '7 %'],
    [0.001_234, '0.1234 %', '0.124 %', '0.123 %'],
    [0.1, '10 %', '10 %', '10 %'],
    [0.999_9, '99.99 %', '100 %', '99.9 %'],
    [1, '100 %', '100 %', '100 %'],
    [0, '0 %', '0 %', '0 %'],
  ])('%f never looks better than it is', (rate, asked, atMost, atLeast) =>
    expect([percent(rate), percentAtMost(rate), percentAtLeast(rate)]).toEqual([asked, atMost, atLeast]),
  );
});
