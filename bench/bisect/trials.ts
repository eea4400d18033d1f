import { clopperPearson } from '../../harness/stats/rate-bounds.ts';
import type { Costs } from '../../harness/bisect/costs.ts';
import type { Claim, Method } from './method.ts';
import { SimulatedHost, type Spent } from './simulated-host.ts';
import { World, type WorldKind } from './world.ts';

/** What came of a method in a kind of world. */
export interface Result {
  readonly method: string;
  readonly world: WorldKind;
  readonly trials: number;
  readonly wrong: number;
  readonly inconclusive: number;
  /** The upper bound of the wrong ones, one-sided 95 %. */
  readonly wrongBelow: number;
  readonly meanMinutes: number;
  readonly p95Minutes: number;
  readonly meanCycles: number;
  readonly p95Cycles: number;
  readonly meanSwitches: number;
  readonly meanFlashes: number;
  readonly meanReboots: number;
  readonly meanConfidence: number;
}

export interface TrialPlan {
  readonly trials: number;
  readonly seed: number;
  readonly costs: Costs;
  /** Losses of the soak before, in the bad corner; 0 for none. */
  readonly calibration: number;
}

const mostCalibrationCycles = 20_000;

/** Runs a method on the worlds of a seed: every method meets the same ones. */
export function runTrials(method: Method, kind: WorldKind, { trials, seed, costs, calibration }: TrialPlan): Result {
  const spent: Spent[] = [];
  let [wrong, inconclusive, confidence] = [0, 0, 0];
  for (let trial = 0; trial < trials; trial += 1) {
    const world = new World(kind, seed + trial * 7919);
    const host = new SimulatedHost(world, costs);
    const claim = method.run(host, host.calibrate(calibration, mostCalibrationCycles));
    spent.push(host.spent);
    if (claim.kind === 'inconclusive') inconclusive += 1;
    else {
      confidence += claim.confidence;
      if (!isTrue(world, claim)) wrong += 1;
    }
  }
  const mean = (of: (each: Spent) => number): number => spent.reduce((sum, each) => sum + of(each), 0) / trials;
  const p95 = (of: (each: Spent) => number): number =>
    spent.map(of).sort((one, other) => one - other)[Math.floor(trials * 0.95)] ?? 0;
  return {
    ...{ method: method.name, world: kind, trials, wrong, inconclusive },
    wrongBelow: clopperPearson({ trials, failures: wrong }, 0.9).upper,
    meanMinutes: mean(({ ms }) => ms) / 60_000,
    p95Minutes: p95(({ ms }) => ms) / 60_000,
    meanCycles: mean(({ cycles }) => cycles),
    p95Cycles: p95(({ cycles }) => cycles),
    meanSwitches: mean(({ switches }) => switches),
    meanFlashes: mean(({ flashes }) => flashes),
    meanReboots: mean(({ reboots }) => reboots),
    meanConfidence: confidence / Math.max(1, trials - inconclusive),
  };
}

/** Whether what is claimed holds in every cell that can be tested. That no rule holds is true of a staircase only. */
function isTrue(world: World, claim: Exclude<Claim, { kind: 'inconclusive' }>): boolean {
  if (claim.kind === 'irregular') return world.kind.culprits === 'staircase';
  for (let cell = 0; cell < world.grid.size; cell += 1)
    if (!world.isUntestable(cell) && claim.isBad(cell) !== world.isBad(cell)) return false;
  return true;
}
