import type { Beliefs, BeliefView } from './beliefs.ts';
import type { CostModel, Switch } from './costs.ts';
import type { CellGrid } from './space.ts';

/** Batches of cycles that are weighed: about half as many again from one to the next. */
export const batches: readonly number[] = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512];

/** Part of the best rate that a longer batch must have. */
const nextToAsGood = 0.97;

/** Where the host is, by number of the cell. */
export interface Place {
  readonly cell: number;
  readonly needsBoot: boolean;
}

/** What is known of a role that has no verdict yet. */
export interface OpenRole {
  readonly beliefs: Beliefs;
  /** Cycles that it survived in the boot that runs; undefined where it is lost in it. */
  readonly survivedInBoot: number | undefined;
}

export interface Choice {
  readonly cell: number;
  readonly cycles: number;
  readonly freshBoot: boolean;
  readonly switch: Switch;
  readonly bits: number;
  readonly durationMs: number;
  readonly lossProbability: number;
}

/**
 * The visit that brings the verdict nearer by the most bits in a second: information that its outcome, a loss within the batch or none,
 * has on the hypotheses, summed over roles, by what the way there and the cycles take.
 */
export function bestVisit(
  grid: CellGrid,
  roles: readonly OpenRole[],
  isTestable: (cell: number) => boolean,
  costs: CostModel,
  nowMs: number,
  place: Place | undefined,
): Choice | undefined {
  const fresh = roles.map(({ beliefs }) => outlookOf(beliefs, 0));
  const cycleMs = costs.expectedMs('cycle');
  let best: Choice | undefined;
  const weigh = (cell: number, outlooks: readonly (Outlook | undefined)[], freshBoot: boolean, way: Switch): void => {
    const wayMs = costs.switchMs(way, nowMs);
    const weighed = weighCell(cell, outlooks);
    const rates = batches.map((_cycles, index) => {
      const durationMs = wayMs + (weighed.cycles[index] ?? 0) * cycleMs;
      return (weighed.bits[index] ?? 0) / durationMs;
    });
    const highest = Math.max(...rates);
    if (best !== undefined && highest <= best.bits / best.durationMs) return;
    // A longer batch that is next to as good needs fewer decisions.
    const index = rates.findLastIndex((rate) => rate >= highest * nextToAsGood);
    const bits = weighed.bits[index] ?? 0;
    best = {
      ...{ cell, cycles: batches[index] ?? 1, freshBoot, switch: way, bits, durationMs: bits / highest },
      lossProbability: weighed.loss[index] ?? 0,
    };
  };
  for (let cell = 0; cell < grid.size; cell += 1) {
    if (!isTestable(cell)) continue;
    const way = wayTo(grid, place, cell);
    weigh(cell, fresh, true, way === 'none' ? 'reboot' : way);
    if (way !== 'none') continue;
    const going = roles.map(({ beliefs, survivedInBoot }) =>
      survivedInBoot === undefined ? undefined : outlookOf(beliefs, survivedInBoot),
    );
    weigh(cell, going, false, 'none');
  }
  return best !== undefined && best.bits > 0 ? best : undefined;
}

/** What the way from a place to a cell takes; a lost device makes a boot of it in any case. */
export function wayTo(grid: CellGrid, place: Place | undefined, cell: number): Switch {
  if (place === undefined) return 'kernel';
  if (place.cell === cell) return place.needsBoot ? 'reboot' : 'none';
  return grid.cellAt(place.cell).bios === grid.cellAt(cell).bios ? 'kernel' : 'flash';
}

/** Chances of a loss within each batch, by group, for a boot that had so many good cycles before. */
interface Outlook {
  readonly beliefs: Beliefs;
  readonly view: BeliefView;
  /** By batch, then by group; the last group is "irregular". */
  readonly loss: readonly Float64Array[];
  readonly lossEntropy: readonly Float64Array[];
  /** By batch: a loss that is none, in a good cell. */
  readonly falseLoss: Float64Array;
  readonly falseEntropy: Float64Array;
}

function outlookOf(beliefs: Beliefs, survived: number): Outlook {
  const view = beliefs.current();
  const { model } = beliefs;
  const size = model.size;
  const survival = new Float64Array(size);
  const loss: Float64Array[] = [];
  const lossEntropy: Float64Array[] = [];
  for (const cycles of batches) {
    for (let point = 0; point < size; point += 1)
      survival[point] = Math.exp(model.logSurvival(point, survived + cycles) - model.logSurvival(point, survived));
    const byGroup = Float64Array.from(view.points, (points) => {
      let sum = 0;
      for (let point = 0; point < size; point += 1) sum += (points[point] ?? 0) * (survival[point] ?? 0);
      return Math.max(0, 1 - sum);
    });
    loss.push(byGroup);
    lossEntropy.push(byGroup.map(entropyBits));
  }
  const falseLoss = Float64Array.from(batches, (cycles) => -Math.expm1(cycles * Math.log1p(-model.falseFailureRate)));
  return { beliefs, view, loss, lossEntropy, falseLoss, falseEntropy: falseLoss.map(entropyBits) };
}

interface Weighed {
  readonly bits: Float64Array;
  /** Expected cycles, for the visit ends with a loss. */
  readonly cycles: Float64Array;
  readonly loss: Float64Array;
}

function weighCell(cell: number, outlooks: readonly (Outlook | undefined)[]): Weighed {
  const bits = new Float64Array(batches.length);
  const cycles = new Float64Array(batches.length);
  const loss = new Float64Array(batches.length);
  const seeing = outlooks.filter((outlook) => outlook !== undefined);
  const parts = seeing.map((outlook) => weighRole(cell, outlook));
  let survivedBefore = 1;
  let lengthBefore = 0;
  const ownLengths = parts.map(() => ({ survived: 1, length: 0 }));
  for (let index = 0; index < batches.length; index += 1) {
    const stride = (batches[index] ?? 0) - (batches[index - 1] ?? 0);
    const survived = parts.reduce((product, part) => product * (1 - (part.loss[index] ?? 0)), 1);
    lengthBefore += survivedSum(survivedBefore, survived, stride);
    survivedBefore = survived;
    cycles[index] = lengthBefore;
    loss[index] = 1 - survived;
    bits[index] = parts.reduce((sum, part, role) => {
      const own = ownLengths[role];
      if (own === undefined) return sum;
      const ownSurvived = 1 - (part.loss[index] ?? 0);
      own.length += survivedSum(own.survived, ownSurvived, stride);
      own.survived = ownSurvived;
      // Another role's loss may end the visit before this one has shown all it could.
      return sum + (part.bits[index] ?? 0) * (parts.length > 1 ? Math.min(1, lengthBefore / own.length) : 1);
    }, 0);
  }
  return { bits, cycles, loss };
}

/** Expected cycles between two batches: what survives before each of them, falling geometrically from one batch to the next. */
function survivedSum(from: number, to: number, cycles: number): number {
  if (from <= 0) return 0;
  const step = Math.max(to / from, 1e-300) ** (1 / cycles);
  return step > 1 - 1e-9 ? from * cycles : (from - to) / (1 - step);
}

function weighRole(cell: number, outlook: Outlook): { bits: Float64Array; loss: Float64Array } {
  const { beliefs, view, loss, lossEntropy, falseLoss, falseEntropy } = outlook;
  const { groups } = beliefs;
  const count = groups.length;
  const bad = new Float64Array(count + 1);
  let badTotal = 0;
  for (let index = 0; index < count; index += 1) {
    const group = groups[index];
    if (group === undefined) continue;
    const mass = ((view.masses[index] ?? 0) * (group.priorBad[cell] ?? 0)) / group.prior;
    bad[index] = mass;
    badTotal += mass;
  }
  const irregularBad = view.irregularBad(cell);
  const good = Math.max(0, 1 - badTotal - view.irregularMass);
  const bits = new Float64Array(batches.length);
  const total = new Float64Array(batches.length);
  for (let batch = 0; batch < batches.length; batch += 1) {
    const losses = loss[batch] ?? falseLoss;
    const entropies = lossEntropy[batch] ?? falseEntropy;
    const falseChance = falseLoss[batch] ?? 0;
    let chance = good * falseChance;
    let within = good * (falseEntropy[batch] ?? 0);
    for (let index = 0; index < count; index += 1) {
      const mass = bad[index] ?? 0;
      chance += mass * (losses[index] ?? 0);
      within += mass * (entropies[index] ?? 0);
    }
    const irregular = irregularBad * (losses[count] ?? 0) + (1 - irregularBad) * falseChance;
    chance += view.irregularMass * irregular;
    within += view.irregularMass * entropyBits(irregular);
    total[batch] = chance;
    bits[batch] = Math.max(0, entropyBits(chance) - within);
  }
  return { bits, loss: total };
}

function entropyBits(chance: number): number {
  if (chance <= 0 || chance >= 1) return 0;
  return -chance * Math.log2(chance) - (1 - chance) * Math.log2(1 - chance);
}
