import type { FaultModel } from './fault-model.ts';
import type { BootStep } from './ledger.ts';

/** What was seen in one cell: how likely it is, in logarithms by point of the fault model. */
export class CellLikelihood {
  readonly bad: Float64Array;
  readonly good: Float64Array;
  private readonly mild: Float64Array;
  private readonly model: FaultModel;

  constructor(model: FaultModel) {
    this.model = model;
    this.bad = new Float64Array(model.size);
    this.good = new Float64Array(model.size);
    this.mild = new Float64Array(model.size);
  }

  observe(step: BootStep): void {
    const { model, bad, good, mild } = this;
    for (let point = 0; point < model.size; point += 1) {
      bad[point] = (bad[point] ?? 0) + (model.curves[point]?.logChance(step) ?? 0);
      mild[point] = (mild[point] ?? 0) + (model.mildCurves[point]?.logChance(step) ?? 0);
      good[point] = (good[point] ?? 0) + model.logFalse(point, step.to - step.from, step.lost);
    }
  }

  /**
   * How much likelier a good cell would look as this one did than a bad one, were that as likely a mild one as not: 0.05 is 20 times.
   * In a bad cell, its chance ever to fall that low is as low (Ville's inequality), whenever one looks.
   * @param points what is believed of the fault. @param further good cycles that are still to come, after so many others of the same boot.
   */
  doubt(points: Float64Array, further?: { readonly survived: number; readonly cycles: number }): number {
    const { curves, mildCurves } = this.model;
    const cycles = further?.cycles ?? 0;
    const step = { from: further?.survived ?? 0, to: (further?.survived ?? 0) + cycles, lost: false };
    return points.reduce((sum, weight, point) => {
      const usual = (this.bad[point] ?? 0) + (curves[point]?.logChance(step) ?? 0);
      const mild = (this.mild[point] ?? 0) + (mildCurves[point]?.logChance(step) ?? 0);
      const good = (this.good[point] ?? 0) + this.model.logFalse(point, cycles, false);
      return sum + weight * Math.exp(logSum(usual, mild) - Math.LN2 - good);
    }, 0);
  }
}

export function sumOf(numbers: Float64Array): number {
  return numbers.reduce((sum, each) => sum + each, 0);
}

/** ln of the sum of two numbers given as logarithms. */
export function logSum(one: number, other: number): number {
  const high = Math.max(one, other);
  return high + Math.log(Math.exp(one - high) + Math.exp(other - high));
}
