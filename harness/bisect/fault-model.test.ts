import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CellLikelihood } from './cell-likelihood.ts';
import { FaultModel, type GridShape } from './fault-model.ts';

const shape: GridShape = {
  ...{ rates: 2, always: 0, correlations: [{ rho: 0, part: 1 }] },
  falseFailures: [{ share: 1, part: 1 }],
};

describe('what is believed of a fault at first', () => {
  it('is all rates from the floor to always, and nothing else', () => {
    const model = new FaultModel(0.005, 1e-4);
    expect(Math.min(...model.rates)).toBeCloseTo(0.005, 12);
    expect(Math.max(...model.rates)).toBeCloseTo(0.999, 12);
    expect(model.logPrior.reduce((sum, log) => sum + Math.exp(log), 0)).toBeCloseTo(1, 12);
  });

  it('is that good cells fail as often as was said at most, or in fewer cycles', () => {
    const rates = new Set(new FaultModel(0.005, 1e-3).falseRates);
    expect([...rates].sort()).toEqual([2e-4, 1e-3]);
  });
});

describe('what was seen in a cell', () => {
  const model = new FaultModel(0.4, 0.01, shape);
  const likely = (seen: Float64Array, point: number): number => Math.exp(seen[point] ?? 0);

  it('is how likely a bad cell, and a good one, would show it', () => {
    const cell = new CellLikelihood(model);
    cell.observe({ from: 0, to: 3, lost: false });
    expect(likely(cell.bad, 0)).toBeCloseTo((0.6 * 0.99) ** 3, 12);
    expect(likely(cell.good, 0)).toBeCloseTo(0.99 ** 3, 12);
    cell.observe({ from: 3, to: 4, lost: true });
    expect(likely(cell.bad, 0)).toBeCloseTo((0.6 * 0.99) ** 4 * (1 - 0.6 * 0.99), 12);
    expect(likely(cell.good, 0)).toBeCloseTo(0.99 ** 4 * 0.01, 12);
  });

  it('leaves a doubt that grants the cell half of the rate, but where the fault strikes always', () => {
    const cell = new CellLikelihood(model);
    const [first, always] = [Float64Array.of(1, 0), Float64Array.of(0, 1)];
    expect(cell.doubt(first)).toBeCloseTo(1, 12);
    cell.observe({ from: 0, to: 3, lost: false });
    expect(cell.doubt(first)).toBeCloseTo((0.6 ** 3 + 0.8 ** 3) / 2, 12);
    expect(cell.doubt(first, { survived: 3, cycles: 2 })).toBeCloseTo((0.6 ** 5 + 0.8 ** 5) / 2, 12);
    expect(cell.doubt(always)).toBeCloseTo(0.001 ** 3, 12);
  });

  it('leaves the greater doubt, the oftener the cell was lost: false failures explain few of them', () => {
    const cell = new CellLikelihood(model);
    cell.observe({ from: 0, to: 20, lost: false });
    const clean = cell.doubt(Float64Array.of(1, 0));
    cell.observe({ from: 20, to: 20, lost: true });
    const lost = cell.doubt(Float64Array.of(1, 0));
    expect(clean).toBeCloseTo((0.6 ** 20 + 0.8 ** 20) / 2, 12);
    expect(lost).toBeCloseTo((0.6 ** 20 * (1 - 0.6 * 0.99) + 0.8 ** 20 * (1 - 0.8 * 0.99)) / 2 / 0.01, 12);
  });

  it('never speaks for a bad cell while it is clean, however long the boots', () => {
    const whole = new FaultModel(0.003, 1e-3);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 20_000 }), { minLength: 1, maxLength: 8 }), (boots) => {
        const cell = new CellLikelihood(whole);
        for (const cycles of boots) {
          const before = cell.bad.map((bad, point) => bad - (cell.good[point] ?? 0));
          cell.observe({ from: 0, to: cycles, lost: false });
          const after = cell.bad.map((bad, point) => bad - (cell.good[point] ?? 0));
          expect(after.every((ratio, point) => ratio < (before[point] ?? 0))).toBe(true);
          // Nor do the last cycles of the boot.
          expect(
            whole.curves.every(
              (curve, point) =>
                curve.logChance({ from: cycles, to: cycles + 1, lost: false }) < whole.logFalse(point, 1, false),
            ),
          ).toBe(true);
        }
      }),
      { numRuns: 30 },
    );
  });
});
