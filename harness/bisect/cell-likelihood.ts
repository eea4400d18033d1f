import type { FaultModel } from './fault-model.ts';
import type { BootStep } from './ledger.ts';

/** What was seen in one cell: how likely it is, in logarithms by point of the fault model. */
export class CellLikelihood {
  /** Where the cell is bad, be it usual or mild. */
  readonly bad: Float64Array;
  readonly good: Float64Array;
  private readonly model: FaultModel;
  private readonly usual: Float64Array;
  private readonly mild: Float64Array;

  constructor(model: FaultModel) {
    this.model = model;
    this.usual = new Float64Array(model.usual.length).fill(Math.log(1 - model.mildPart));
    this.mild = new Float64Array(model.mild.length).fill(Math.log(model.mildPart));
    this.bad = new Float64Array(model.size);
    this.good = new Float64Array(model.size);
  }

  observe(step: BootStep): void {
    const { model, usual, mild } = this;
    for (let curve = 0; curve < usual.length; curve += 1) {
      usual[curve] = (usual[curve] ?? 0) + (model.usual[curve]?.logChance(step) ?? 0);
      mild[curve] = (mild[curve] ?? 0) + (model.mild[curve]?.logChance(step) ?? 0);
    }
    for (let point = 0; point < model.size; point += 1) {
      const curve = model.curveOf[point] ?? 0;
      this.bad[point] = logSum(usual[curve] ?? 0, mild[curve] ?? 0);
      this.good[point] = (this.good[point] ?? 0) + model.logFalse(point, step.to - step.from, step.lost);
    }
  }

  /** By curve: how likely the cell, if it is bad, is a mild one. */
  mildness(): Float64Array {
    return this.mild.map((mild, curve) => 1 / (1 + Math.exp((this.usual[curve] ?? 0) - mild)));
  }
}

/** ln of the sum of two numbers given as logarithms. */
export function logSum(one: number, other: number): number {
  const high = Math.max(one, other);
  return high + Math.log(Math.exp(one - high) + Math.exp(other - high));
}
