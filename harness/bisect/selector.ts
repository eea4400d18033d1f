import type { Beliefs, Group } from './beliefs.ts';
import { sumOf } from './cell-likelihood.ts';
import { type CostModel, type Switch, visitMs } from './costs.ts';
import { batches, entropyBits, Outlook } from './outlook.ts';
import type { CellGrid } from './space.ts';

/** Part of the best rate that a longer batch must have. */
const nextToAsGood = 0.97;
/** What a boot weighs besides the time it takes, in cycles that a fault lets pass on average: the cycles of the one before are no longer one row, and the next decision may want to come back. */
const bootWeight = 0.4;

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
  const cycleMs = costs.expectedMs('cycle');
  const bootMs = bootWeight * Math.max(...roles.map(({ beliefs }) => cyclesToLoss(beliefs))) * cycleMs;
  const candidates: Candidate[] = [];
  const add = (cell: number, outlooks: readonly Outlook[], freshBoot: boolean, way: Switch): void => {
    const tookMs = costs.switchMs(way, nowMs);
    const wayMs = visitMs + tookMs + (way === 'none' ? 0 : bootMs);
    const most = outlooks.reduce((sum, outlook) => sum + mostBits(cell, outlook), 0);
    candidates.push({ cell, outlooks, freshBoot, way, tookMs, wayMs, mostRate: most / (wayMs + cycleMs) });
  };
  if (place !== undefined && !place.needsBoot && isTestable(place.cell)) {
    const going = roles.flatMap(({ beliefs, survivedInBoot }) =>
      survivedInBoot === undefined ? [] : [new Outlook(beliefs, survivedInBoot)],
    );
    if (going.length > 0) add(place.cell, going, false, 'none');
  }
  const fresh = roles.map(({ beliefs }) => new Outlook(beliefs, 0));
  for (let cell = 0; cell < grid.size; cell += 1) {
    if (!isTestable(cell)) continue;
    const way = wayTo(grid, place, cell);
    add(cell, fresh, true, way === 'none' ? 'reboot' : way);
  }
  // The most promising first: what cannot be better than the best so far is not weighed at all.
  candidates.sort((one, other) => other.mostRate - one.mostRate);
  let best: { choice: Choice; rate: number } | undefined;
  for (const { cell, outlooks, freshBoot, way, tookMs, wayMs, mostRate } of candidates) {
    if (best !== undefined && mostRate <= best.rate) break;
    const weighed = weighCell(cell, outlooks);
    const rates = batches.map(
      (_cycles, index) => (weighed.bits[index] ?? 0) / (wayMs + (weighed.cycles[index] ?? 0) * cycleMs),
    );
    const highest = Math.max(...rates);
    if (!(highest > (best?.rate ?? 0))) continue;
    // A longer batch that is next to as good needs fewer decisions.
    const index = rates.findLastIndex((rate) => rate >= highest * nextToAsGood);
    const choice = {
      ...{ cell, cycles: batches[index] ?? 1, freshBoot, switch: way, bits: weighed.bits[index] ?? 0 },
      durationMs: tookMs + (weighed.cycles[index] ?? 0) * cycleMs,
      lossProbability: weighed.loss[index] ?? 0,
    };
    best = { choice, rate: highest };
  }
  return best?.choice;
}

/** A cell to go to, before anybody has weighed what it tells. */
interface Candidate {
  readonly cell: number;
  readonly outlooks: readonly Outlook[];
  readonly freshBoot: boolean;
  readonly way: Switch;
  /** What the way takes, and what it weighs. */
  readonly tookMs: number;
  readonly wayMs: number;
  /** No batch brings more bits for its weight. */
  readonly mostRate: number;
}

/** Good cycles before a loss in a bad cell, as far as one knows: the geometric mean. */
function cyclesToLoss(beliefs: Beliefs): number {
  const { masses, points } = beliefs.current();
  const { rates } = beliefs.model;
  let logRate = 0;
  points.forEach((weights, group) => {
    const mass = masses[group] ?? 0;
    if (mass > 0) weights.forEach((weight, point) => (logRate += mass * weight * Math.log(rates[point] ?? 1)));
  });
  return Math.exp(-logRate);
}

/** What the way from a place to a cell takes; a lost device makes a boot of it in any case. */
export function wayTo(grid: CellGrid, place: Place | undefined, cell: number): Switch {
  if (place === undefined) return 'kernel';
  if (place.cell === cell) return place.needsBoot ? 'reboot' : 'none';
  return grid.cellAt(place.cell).bios === grid.cellAt(cell).bios ? 'kernel' : 'flash';
}

interface Weighed {
  readonly bits: Float64Array;
  /** Expected cycles, for the visit ends with a loss. */
  readonly cycles: Float64Array;
  readonly loss: Float64Array;
}

/** What one role shows in a cell, by batch. */
interface RoleWeighed {
  readonly bits: Float64Array;
  readonly loss: Float64Array;
}

function weighCell(cell: number, outlooks: readonly Outlook[]): Weighed {
  const parts = outlooks.map((outlook) => weighRole(cell, outlook));
  const [alone] = parts;
  if (alone !== undefined && parts.length === 1) return { ...alone, cycles: lengthsOf(alone.loss) };
  const loss = Float64Array.from(batches, (_cycles, batch) =>
    parts.reduce((left, part) => left + (1 - left) * (part.loss[batch] ?? 0), 0),
  );
  const cycles = lengthsOf(loss);
  const bits = new Float64Array(batches.length);
  for (const part of parts) {
    const own = lengthsOf(part.loss);
    // Another role's loss may end the visit before this one has shown all it could.
    part.bits.forEach(
      (each, batch) => (bits[batch] = (bits[batch] ?? 0) + (each * (cycles[batch] ?? 0)) / (own[batch] ?? 1)),
    );
  }
  return { bits, cycles, loss };
}

/** Expected cycles by batch: what is left before each cycle, falling geometrically from one batch to the next. */
function lengthsOf(loss: Float64Array): Float64Array {
  const lengths = new Float64Array(batches.length);
  let left = 1;
  let length = 0;
  for (let batch = 0; batch < batches.length; batch += 1) {
    const cycles = (batches[batch] ?? 0) - (batches[batch - 1] ?? 0);
    const next = Math.max(1 - (loss[batch] ?? 0), 1e-300);
    const ratio = cycles === 1 ? next / left : (next / left) ** (1 / cycles);
    length += ratio > 1 - 1e-9 ? left * cycles : (left - next) / (1 - ratio);
    left = next;
    lengths[batch] = length;
  }
  return lengths;
}

function weighRole(cell: number, outlook: Outlook): RoleWeighed {
  const { beliefs, view, loss, lossEntropy, falseLoss, falseEntropy } = outlook;
  const { groups } = beliefs;
  const count = groups.length;
  const irregularLoss = outlook.irregularLoss(cell);
  const bad = new Float64Array(count);
  const good = new Float64Array(count);
  for (let index = 0; index < count; index += 1) {
    const mass = view.masses[index] ?? 0;
    bad[index] = badMass(groups[index], mass, cell);
    good[index] = Math.max(0, mass - (bad[index] ?? 0));
  }
  const bits = new Float64Array(batches.length);
  const total = new Float64Array(batches.length);
  for (let batch = 0; batch < batches.length; batch += 1) {
    const at = batch * (count + 1);
    const irregular = irregularLoss[batch] ?? 0;
    let chance = view.irregularMass * irregular;
    let within = view.irregularMass * entropyBits(irregular);
    for (let index = 0; index < count; index += 1) {
      chance += (bad[index] ?? 0) * (loss[at + index] ?? 0) + (good[index] ?? 0) * (falseLoss[at + index] ?? 0);
      within +=
        (bad[index] ?? 0) * (lossEntropy[at + index] ?? 0) + (good[index] ?? 0) * (falseEntropy[at + index] ?? 0);
    }
    total[batch] = chance;
    bits[batch] = Math.max(0, entropyBits(chance) - within);
  }
  return { bits, loss: total };
}

function badMass(group: Group | undefined, mass: number, cell: number): number {
  return group === undefined ? 0 : (mass * (group.priorBad[cell] ?? 0)) / group.prior;
}

/** No outcome tells more than whether the cell is bad, and which of the rules that say so is right. */
function mostBits(cell: number, { beliefs, view }: Outlook): number {
  const bad = beliefs.groups.reduce((sum, group, index) => sum + badMass(group, view.masses[index] ?? 0, cell), 0);
  return entropyBits(bad + view.irregularMass * sumOf(view.irregularBad(cell))) + 0.1;
}
