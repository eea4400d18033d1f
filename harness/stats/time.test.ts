import { describe, expect, it } from 'vitest';
import { meanTimeInterval, meanTimeLowerBound } from './mean-time.ts';
import { medianLife, survivalCurve } from './time-to-failure.ts';
import type { Lives } from './trial-count.ts';

const hourMs = 3_600_000;

/** Lives of these lengths; the second list is of those that were cut short. */
function livesOf(failed: readonly number[], cutShort: readonly number[] = []): Lives[] {
  return [...new Set([...cutShort, ...failed])].map((trials) => ({
    trials,
    failed: failed.filter((one) => one === trials).length,
    cutShort: cutShort.filter((one) => one === trials).length,
  }));
}

// Freireich et al., Blood 21 (1963) 699: weeks of remission, the textbook case of Kaplan and Meier's curve.
const treated = livesOf([6, 6, 6, 7, 10, 13, 16, 22, 23], [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]);
const placebo = livesOf([1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]);

describe('the survival curve', () => {
  it('is that of the textbook, with Greenwood’s error', () => {
    const curve = survivalCurve(treated);
    expect(curve.map(({ trials }) => trials)).toEqual([6, 7, 10, 13, 16, 22, 23]);
    const published = [0.857, 0.807, 0.753, 0.69, 0.627, 0.538, 0.448];
    const errors = [0.0764, 0.0869, 0.0963, 0.1068, 0.1141, 0.1282, 0.1346];
    curve.forEach(({ surviving, variance }, index) => {
      expect(Math.abs(surviving - (published[index] ?? NaN))).toBeLessThan(5.1e-4);
      expect(Math.abs(surviving * Math.sqrt(variance) - (errors[index] ?? NaN))).toBeLessThan(5.1e-5);
    });
  });

  it('does not depend on the order of its lives, and leaves nobody where the last one failed', () => {
    expect(survivalCurve([...treated].reverse())).toEqual(survivalCurve(treated));
    expect(survivalCurve(placebo).at(-1)).toEqual({ trials: 23, surviving: 0, variance: Infinity });
    expect(survivalCurve(livesOf([], [3, 4]))).toEqual([]);
  });
});

describe('the median life', () => {
  // SAS PROC LIFETEST and R survfit(conf.type = "log-log") of the same data.
  it('is that of the textbook', () => {
    expect(medianLife(treated, 0.95)).toEqual({ median: 23, lower: 13, upper: undefined });
    expect(medianLife(placebo, 0.95)).toEqual({ median: 8, lower: 4, upper: 11 });
  });

  it('is narrower with less confidence', () => {
    expect(medianLife(placebo, 0.5)).toEqual({ median: 8, lower: 5, upper: 8 });
  });

  it('has no limits by one life, and does not exist where most lasted', () => {
    expect(medianLife(livesOf([5]), 0.95)).toEqual({ median: 5, lower: undefined, upper: undefined });
    expect(medianLife(livesOf([5], [9, 9]), 0.95)).toMatchObject({ median: undefined });
    expect(medianLife([], 0.95)).toEqual({ median: undefined, lower: undefined, upper: undefined });
    expect(medianLife(livesOf([5, 9]), 0.95).median).toBe(5);
  });

  it('wants a confidence', () => expect(() => medianLife(treated, 1)).toThrow(/a confidence/));
});

describe('the mean time between failures', () => {
  // χ²(.95; 2, 4, 8) = 5.991, 9.488, 15.507: T / 2.996, T / 4.744, T / 7.754 (NIST e-Handbook 8.4.5.1, MIL-HDBK-338B table 8.3-5).
  it.each([
    [0, 2.995_732],
    [1, 4.743_865],
    [3, 7.753_657],
  ])('with %i failures is at least a part of the time at 95 %', (failures, divisor) => {
    const test = { durationMs: 100 * hourMs, failures, endedBy: 'time' } as const;
    expect((100 * hourMs) / meanTimeLowerBound(test, 0.95)).toBeCloseTo(divisor, 5);
  });

  it('has both limits after a failure', () => {
    const test = { durationMs: 1000 * hourMs, failures: 4, endedBy: 'time' } as const;
    const { lowerMs, upperMs } = meanTimeInterval(test, 0.9);
    expect(lowerMs / hourMs).toBeCloseTo(2000 / 18.307_038, 4);
    expect((upperMs ?? NaN) / hourMs).toBeCloseTo(2000 / 2.732_637, 3);
    const last = meanTimeInterval({ ...test, endedBy: 'failure' }, 0.9);
    expect(last.lowerMs / hourMs).toBeCloseTo(2000 / 15.507_313, 4);
    expect(last.upperMs).toBe(upperMs);
  });

  it('has no upper limit without a failure', () =>
    expect(meanTimeInterval({ durationMs: 1, failures: 0, endedBy: 'time' }, 0.9).upperMs).toBeUndefined());

  it.each([
    [{ durationMs: -1, failures: 0, endedBy: 'time' }, 0.9, /a time must not be negative, not -1/],
    [{ durationMs: NaN, failures: 0, endedBy: 'time' }, 0.9, /a time/],
    [{ durationMs: 1, failures: 0, endedBy: 'failure' }, 0.9, /whole number from 1 on, not 0/],
    [{ durationMs: 1, failures: 1, endedBy: 'time' }, 1, /a confidence/],
  ] as const)('does not exist for %o at %f', (test, confidence, message) =>
    expect(() => meanTimeInterval(test, confidence)).toThrow(message),
  );

  it('of no time is none', () =>
    expect(meanTimeLowerBound({ durationMs: 0, failures: 0, endedBy: 'time' }, 0.9)).toBe(0));
});
