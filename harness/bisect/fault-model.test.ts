import { describe, expect, it } from 'vitest';
import { FaultModel } from './fault-model.ts';

const shape = (rho: number) => ({ rates: 2, always: 0, correlations: [{ rho, part: 1 }] });

describe('how a bad cell fails', () => {
  it('is geometric where all boots are alike', () => {
    const model = new FaultModel(0.25, 0, shape(0));
    expect(Math.exp(model.logSurvival(0, 3))).toBeCloseTo(0.75 ** 3, 12);
    expect(Math.exp(model.logLossAfter(0, 3))).toBeCloseTo(0.75 ** 3 * 0.25, 12);
  });

  // Mean 1/2 and correlation 1/3 are the uniform distribution, whose integral of (1-p)^n is 1 / (n + 1).
  it('is beta-geometric where they are not: Laplace’s rule of succession', () => {
    const model = new FaultModel(0.5, 0, shape(1 / 3));
    for (const cycles of [0, 1, 2, 9, 500]) {
      expect(Math.exp(model.logSurvival(0, cycles))).toBeCloseTo(1 / (cycles + 1), 10);
      expect(Math.exp(model.logLossAfter(0, cycles))).toBeCloseTo(1 / (cycles + 1) / (cycles + 2), 10);
    }
  });

  it('goes on beyond its first table, to the same values', () => {
    const [short, long] = [new FaultModel(0.01, 0), new FaultModel(0.01, 0)];
    long.logSurvival(0, 50_000);
    for (let point = 0; point < short.size; point += 7)
      expect(long.logSurvival(point, 900)).toBe(short.logSurvival(point, 900));
    expect(long.logSurvival(0, 50_000)).toBeCloseTo(50_000 * Math.log(0.99), 6);
  });

  it('believes in all rates from the floor to always, and in nothing else', () => {
    const model = new FaultModel(0.005, 1e-4);
    expect(Math.min(...model.rates)).toBeCloseTo(0.005, 12);
    expect(Math.max(...model.rates)).toBeCloseTo(0.999, 12);
    expect(model.logPrior.reduce((sum, log) => sum + Math.exp(log), 0)).toBeCloseTo(1, 12);
  });
});
