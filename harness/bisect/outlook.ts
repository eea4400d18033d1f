import type { Beliefs, BeliefView } from './beliefs.ts';
import type { FaultModel } from './fault-model.ts';

/** Batches of cycles that are weighed: about half as many again from one to the next. */
export const batches: readonly number[] = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512];

/** What a bit on the failure rate counts: the better it is known, the fewer good cycles prove a cell. */
const rateBitsWorth = 0.3;

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
  private readonly unvisited: Chances;

  constructor(beliefs: Beliefs, survived: number) {
    this.beliefs = beliefs;
    this.view = beliefs.current();
    const { model } = beliefs;
    const lossesOf = (curves: FaultModel['usual']): Float64Array =>
      Float64Array.from(batches.flatMap((cycles) => curves.map((curve) => curve.lossWithin(survived, cycles))));
    this.usual = lossesOf(model.usual);
    this.mild = lossesOf(model.mild);
    this.unvisited = this.chances(new Float64Array(model.usual.length).fill(model.mildPart));
  }

  /** Cells that were never visited all look the same. */
  in(cell: number): Chances {
    const mildness = this.beliefs.mildnessOf(cell);
    return mildness === undefined ? this.unvisited : this.chances(mildness);
  }

  private chances(mildness: Float64Array): Chances {
    const { view, usual, mild } = this;
    const { model } = this.beliefs;
    const curves = mildness.length;
    const groups = view.points.length;
    const loss = new Float64Array(batches.length * groups);
    const lossEntropy = new Float64Array(batches.length * groups);
    const falseLoss = new Float64Array(batches.length * groups);
    const lossAt = new Float64Array(curves);
    const entropyAt = new Float64Array(curves);
    const falseAt = new Float64Array(model.size);
    batches.forEach((cycles, batch) => {
      for (let curve = 0; curve < curves; curve += 1) {
        const part = mildness[curve] ?? 0;
        const at = batch * curves + curve;
        lossAt[curve] = (1 - part) * (usual[at] ?? 0) + part * (mild[at] ?? 0);
        entropyAt[curve] = entropyBits(lossAt[curve] ?? 0);
      }
      for (let point = 0; point < model.size; point += 1)
        falseAt[point] = -Math.expm1(model.logFalse(point, cycles, false));
      view.points.forEach((points, group) => {
        let [sum, within, falseSum] = [0, 0, 0];
        for (let point = 0; point < model.size; point += 1) {
          const weight = points[point] ?? 0;
          const curve = model.curveOf[point] ?? 0;
          sum += weight * (lossAt[curve] ?? 0);
          within += weight * (entropyAt[curve] ?? 0);
          falseSum += weight * (falseAt[point] ?? 0);
        }
        const at = batch * groups + group;
        loss[at] = sum;
        lossEntropy[at] = (1 - rateBitsWorth) * entropyBits(sum) + rateBitsWorth * within;
        falseLoss[at] = falseSum;
      });
    });
    return { loss, lossEntropy, falseLoss, falseEntropy: falseLoss.map(entropyBits) };
  }
}

export function entropyBits(chance: number): number {
  if (chance <= 0 || chance >= 1) return 0;
  return -chance * Math.log2(chance) - (1 - chance) * Math.log2(1 - chance);
}
