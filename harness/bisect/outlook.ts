import type { Beliefs, BeliefView } from './beliefs.ts';
import type { FaultModel } from './fault-model.ts';

/** Batches of cycles that are weighed: about half as many again from one to the next. */
export const batches: readonly number[] = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512];

/** What a bit on the failure rate counts: the better it is known, the fewer good cycles prove a cell. */
const rateBitsWorth = 0.3;

/** What is believed less than this adds nothing to what a visit tells. */
const negligible = 1e-6;

/** Chances of a loss within each batch, at batch * (groups + 1) + group; the last group is "irregular". */
export interface Chances {
  /** In a bad cell. */
  readonly loss: Float64Array;
  readonly lossEntropy: Float64Array;
  /** In a good cell: a loss that is none. */
  readonly falseLoss: Float64Array;
  readonly falseEntropy: Float64Array;
}

/** What one role may show in a boot that had so many good cycles before. */
export class Outlook {
  readonly beliefs: Beliefs;
  readonly view: BeliefView;
  /** At batch * curves + curve of the model. */
  private readonly usual: Float64Array;
  private readonly mild: Float64Array;
  /** By group: what is believed of the curves that count. */
  private readonly weights: readonly Believed[];
  private readonly good: Pick<Chances, 'falseLoss' | 'falseEntropy'>;
  private readonly unvisited: Chances;

  constructor(beliefs: Beliefs, survived: number) {
    this.beliefs = beliefs;
    this.view = beliefs.current();
    const { model } = beliefs;
    const lossesOf = (curves: FaultModel['usual']): Float64Array =>
      Float64Array.from(batches.flatMap((cycles) => curves.map((curve) => curve.lossWithin(survived, cycles))));
    this.usual = lossesOf(model.usual);
    this.mild = lossesOf(model.mild);
    const { masses, points } = this.view;
    this.weights = points.map((each, group) => ((masses[group] ?? 0) < negligible ? nothing : byCurve(model, each)));
    const falseLoss = falseLossOf(model, this.view);
    this.good = { falseLoss, falseEntropy: falseLoss.map(entropyBits) };
    this.unvisited = this.chances(new Float64Array(model.usual.length).fill(model.mildPart));
  }

  /** Cells that were never visited all look the same. */
  in(cell: number): Chances {
    const mildness = this.beliefs.mildnessOf(cell);
    return mildness === undefined ? this.unvisited : this.chances(mildness);
  }

  private chances(mildness: Float64Array): Chances {
    const { usual, mild, weights } = this;
    const curves = mildness.length;
    const loss = new Float64Array(batches.length * weights.length);
    const lossEntropy = new Float64Array(batches.length * weights.length);
    const lossAt = new Float64Array(curves);
    const entropyAt = new Float64Array(curves);
    for (let batch = 0; batch < batches.length; batch += 1) {
      for (let curve = 0; curve < curves; curve += 1) {
        const part = mildness[curve] ?? 0;
        const at = batch * curves + curve;
        lossAt[curve] = (1 - part) * (usual[at] ?? 0) + part * (mild[at] ?? 0);
        entropyAt[curve] = entropyBits(lossAt[curve] ?? 0);
      }
      weights.forEach((believed, group) => {
        const { at: curveAt, weights: weightAt } = believed;
        if (curveAt.length === 0) return;
        let sum = 0;
        let within = 0;
        for (let index = 0; index < curveAt.length; index += 1) {
          const curve = curveAt[index] ?? 0;
          const weight = weightAt[index] ?? 0;
          sum += weight * (lossAt[curve] ?? 0);
          within += weight * (entropyAt[curve] ?? 0);
        }
        const at = batch * weights.length + group;
        loss[at] = sum;
        lossEntropy[at] = (1 - rateBitsWorth) * entropyBits(sum) + rateBitsWorth * within;
      });
    }
    return { loss, lossEntropy, ...this.good };
  }
}

/** Curves, and how much is believed of each. */
interface Believed {
  readonly at: Int32Array;
  readonly weights: Float64Array;
}

const nothing: Believed = { at: new Int32Array(0), weights: new Float64Array(0) };

/** After some losses most rates are out of the question: only what is left is worth its arithmetic. */
function byCurve({ usual, curveOf }: FaultModel, points: Float64Array): Believed {
  const weights = new Float64Array(usual.length);
  points.forEach((weight, point) => {
    const curve = curveOf[point] ?? 0;
    weights[curve] = (weights[curve] ?? 0) + weight;
  });
  const at = Int32Array.from(weights.keys()).filter((curve) => (weights[curve] ?? 0) >= negligible);
  return { at, weights: Float64Array.from(at, (curve) => weights[curve] ?? 0) };
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
