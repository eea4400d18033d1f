import { describe, expect, it } from 'vitest';
import { CostModel, defaultCosts } from './costs.ts';

describe('what things take', () => {
  it('is what was said, and then more and more what was seen', () => {
    const costs = new CostModel({ ...defaultCosts, cycleMs: 60_000 });
    expect(costs.expectedMs('cycle')).toBe(60_000);
    costs.learn('cycle', 30_000);
    expect(costs.expectedMs('cycle')).toBe(45_000);
    for (let count = 0; count < 98; count += 1) costs.learn('cycle', 30_000);
    expect(costs.expectedMs('cycle')).toBeCloseTo(30_300, 6);
    expect(costs.switchMs('kernel', 0)).toBe(defaultCosts.kernelBootMs);
  });

  it('includes the wait for a person who may not be asked yet', () => {
    const costs = new CostModel({ ...defaultCosts, flash: { by: 'hand', flashMs: 1000, notBeforeMs: 500 } });
    expect(costs.switchMs('flash', 200)).toBe(1300);
    expect(costs.switchMs('flash', 900)).toBe(1000);
    expect(costs.switchMs('none', 0)).toBe(0);
  });

  it('is a positive number of milliseconds', () => {
    expect(() => new CostModel({ ...defaultCosts, cycleMs: 0 })).toThrow('positive');
    expect(() => {
      new CostModel(defaultCosts).learn('flash', NaN);
    }).toThrow('no duration');
  });
});
