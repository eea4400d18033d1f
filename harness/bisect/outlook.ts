import type { Beliefs, BeliefView } from './beliefs.ts';
import { sumOf } from './cell-likelihood.ts';
import type { FaultModel } from './fault-model.ts';

/** Batches of cycles that are weighed: about half as many again from one to the next. */
export const batches: readonly number[] = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512];

/** What a bit on the failure rate counts: the better it is known, the fewer good cycles prove a cell. */
const rateBitsWorth = 0.3;

/** What is believed less than this adds nothing to what a visit tells. */
const negligible = 1e-6;

/**
 * What one role may show in a boot that had so many good cycles before: chances of a loss within each batch, with the entropy of it in bits,
 * at batch * (groups + 1) + group; the last group is "irregular", whose bad cells are weighed one by one.
 */
export class Outlook {
  readonly beliefs: Beliefs;
  readonly view: BeliefView;
  /** In a bad cell. */
  readonly loss: Float64Array;
  readonly lossEntropy: Float64Array;
  /** In a good cell: a loss that is none. */
  readonly falseLoss: Float64Array;
  readonly falseEntropy: Float64Array;
  /** By batch, of each point of the fault model. */
  private readonly lossAt: readonly Float64Array[];
  private readonly irregularLosses = new Map<Float64Array, Float64Array>();

  constructor(beliefs: Beliefs, survived: number) {
    this.beliefs = beliefs;
    this.view = beliefs.current();
    const { model } = beliefs;
    const { masses, points } = this.view;
    this.loss = new Float64Array(batches.length * points.length);
    this.lossEntropy = new Float64Array(batches.length * points.length);
    this.falseLoss = falseLossOf(model, this.view);
    this.falseEntropy = this.falseLoss.map(entropyBits);
    this.lossAt = batches.map((cycles) =>
      Float64Array.from(model.curves, (curve) => curve.lossWithin(survived, cycles)),
    );
    const entropyAt = this.lossAt.map((chances) => chances.map(entropyBits));
    beliefs.groups.forEach((_group, group) => {
      const each = points[group];
      if (each === undefined || (masses[group] ?? 0) < negligible) return;
      // After some losses most rates are out of the question: only what is left is worth its arithmetic.
      const believed = Int32Array.from(each.keys()).filter((point) => (each[point] ?? 0) >= negligible);
      for (let batch = 0; batch < batches.length; batch += 1) {
        let sum = 0;
        let within = 0;
        for (const point of believed) {
          sum += (each[point] ?? 0) * (this.lossAt[batch]?.[point] ?? 0);
          within += (each[point] ?? 0) * (entropyAt[batch]?.[point] ?? 0);
        }
        const at = batch * points.length + group;
        this.loss[at] = sum;
        this.lossEntropy[at] = (1 - rateBitsWorth) * entropyBits(sum) + rateBitsWorth * within;
      }
    });
  }

  /** By batch: the chance of a loss in a cell, if no rule holds. */
  irregularLoss(cell: number): Float64Array {
    const bad = this.view.irregularBad(cell);
    const known = this.irregularLosses.get(bad);
    if (known !== undefined) return known;
    const { length } = this.view.masses;
    const good = 1 - sumOf(bad);
    const loss = Float64Array.from(
      this.lossAt,
      (losses, batch) =>
        losses.reduce((sum, each, point) => sum + each * (bad[point] ?? 0), 0) +
        good * (this.falseLoss[(batch + 1) * length - 1] ?? 0),
    );
    this.irregularLosses.set(bad, loss);
    return loss;
  }
}

function falseLossOf(model: FaultModel, { points }: BeliefView): Float64Array {
  const rates = [...new Set(model.falseRates)];
  const rateAt = Int32Array.from(model.falseRates, (rate) => rates.indexOf(rate));
  const beliefs = points.map((weights) => {
    const byRate = new Float64Array(rates.length);
    weights.forEach((weight, point) => (byRate[rateAt[point] ?? 0] = (byRate[rateAt[point] ?? 0] ?? 0) + weight));
    return byRate;
  });
  return Float64Array.from(
    batches.flatMap((cycles) => {
      const losses = rates.map((rate) => -Math.expm1(cycles * Math.log1p(-rate)));
      return beliefs.map((byRate) => byRate.reduce((sum, weight, at) => sum + weight * (losses[at] ?? 0), 0));
    }),
  );
}

export function entropyBits(chance: number): number {
  if (chance <= 0 || chance >= 1) return 0;
  return -chance * Math.log2(chance) - (1 - chance) * Math.log2(1 - chance);
}
