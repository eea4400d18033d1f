import { describe, expect, it } from 'vitest';
import { BootCurve } from './boot-curve.ts';

const chanceOf = (curve: BootCurve, from: number, to: number, lost: boolean): number =>
  Math.exp(curve.logChance({ from, to, lost }));

describe('how a boot goes on in a bad cell', () => {
  it('is geometric where all boots are alike', () => {
    const curve = new BootCurve(0.25, 0);
    expect(Math.exp(curve.logSurvival(3))).toBeCloseTo(0.75 ** 3, 12);
    expect(chanceOf(curve, 0, 3, true)).toBeCloseTo(0.75 ** 3 * 0.25, 12);
    expect(chanceOf(curve, 7, 9, false)).toBeCloseTo(0.75 ** 2, 12);
    expect(curve.lossWithin(50, 2)).toBeCloseTo(1 - 0.75 ** 2, 12);
  });

  // Mean 1/2 and correlation 1/3 are the uniform distribution, whose integral of (1-p)^n is 1 / (n + 1).
  it('is beta-geometric where they are not: Laplace’s rule of succession', () => {
    const curve = new BootCurve(0.5, 1 / 3);
    for (const cycles of [0, 1, 2, 9, 500]) {
      expect(Math.exp(curve.logSurvival(cycles))).toBeCloseTo(1 / (cycles + 1), 10);
      expect(curve.lossWithin(cycles, 1)).toBeCloseTo(1 / (cycles + 2), 10);
      expect(chanceOf(curve, 0, cycles, true)).toBeCloseTo(1 / (cycles + 1) / (cycles + 2), 10);
    }
  });

  it('goes on beyond its first table, to the same values', () => {
    const [short, long] = [new BootCurve(0.01, 0.1), new BootCurve(0.01, 0.1)];
    long.logSurvival(50_000);
    for (const cycles of [0, 1, 900]) expect(long.logSurvival(cycles)).toBe(short.logSurvival(cycles));
    expect(new BootCurve(0.01, 0).logSurvival(50_000)).toBeCloseTo(50_000 * Math.log(0.99), 6);
  });
});
