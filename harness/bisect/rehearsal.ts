import { sumOf } from './cell-likelihood.ts';
import type { Decision, Forecast, Spread, Visit } from './decision.ts';
import type { CostModel } from './costs.ts';
import type { FaultModel } from './fault-model.ts';
import type { Observation, RoleObservation } from './observation.ts';
import type { Position } from './position.ts';
import type { CellGrid } from './space.ts';

/** Worlds that are rehearsed; spread evenly over what is believed. */
const rehearsals = 24;
/** A rehearsal that wants more visits counts as inconclusive. */
const mostVisits = 400;

/** What is rehearsed: a bisect that knows what the real one knows. */
export interface Rehearsed {
  next(nowMs: number, position: Position | undefined): Decision;
  observe(observation: Observation): void;
}

/** What is believed of one role. */
export interface BelievedRole {
  readonly role: string;
  readonly model: FaultModel;
  readonly posterior: Float64Array;
  /** Points of the fault model, if this hypothesis is right. */
  readonly pointsOf: (hypothesis: number) => Float64Array;
  readonly callsBad: (hypothesis: number, cell: number) => boolean;
}

/** Bisects worlds drawn from what is believed, to their end. The draws are the same each time. */
export function forecastOf(
  start: () => Rehearsed,
  grid: CellGrid,
  roles: readonly BelievedRole[],
  costs: CostModel,
  nowMs: number,
  position: Position | undefined,
): Forecast {
  const outcomes = Array.from({ length: rehearsals }, (_none, index) => {
    const random = randomOf(index + 1);
    const worlds = roles.map((role) => worldOf(role, (index + 0.5) / rehearsals, random));
    return rehearse(start(), grid, worlds, random, costs, nowMs, position);
  });
  const spread = (of: (outcome: Outcome) => number): Spread => {
    const values = outcomes.map(of).sort((one, other) => one - other);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    return { mean, p90: values[Math.ceil(values.length * 0.9) - 1] ?? mean };
  };
  return {
    durationMs: spread(({ durationMs }) => durationMs),
    cycles: spread(({ cycles }) => cycles),
    reboots: spread(({ reboots }) => reboots),
    flashes: spread(({ flashes }) => flashes),
    inconclusive: outcomes.filter(({ isDecided }) => !isDecided).length / outcomes.length,
  };
}

interface Outcome {
  durationMs: number;
  cycles: number;
  reboots: number;
  flashes: number;
  isDecided: boolean;
}

/** One role in a drawn world. */
interface RoleWorld {
  readonly role: string;
  readonly isBad: (cell: number) => boolean;
  readonly logSurvival: (cycles: number) => number;
}

function worldOf(
  { role, model, posterior, pointsOf, callsBad }: BelievedRole,
  part: number,
  random: () => number,
): RoleWorld {
  const hypothesis = drawn(posterior, part);
  const point = drawn(pointsOf(hypothesis), random());
  return {
    role,
    isBad: (cell) => callsBad(hypothesis, cell),
    logSurvival: (cycles) => model.curves[point]?.logSurvival(cycles) ?? 0,
  };
}

function rehearse(
  bisect: Rehearsed,
  grid: CellGrid,
  worlds: readonly RoleWorld[],
  random: () => number,
  costs: CostModel,
  nowMs: number,
  position: Position | undefined,
): Outcome {
  const outcome: Outcome = { durationMs: 0, cycles: 0, reboots: 0, flashes: 0, isDecided: false };
  let at = position;
  let survived = worlds.map(() => 0);
  for (let visits = 0; visits < mostVisits; visits += 1) {
    const decision = bisect.next(nowMs + outcome.durationMs, at);
    if (decision.kind === 'verdict') {
      outcome.isDecided = decision.verdict.outcome === 'decided';
      break;
    }
    outcome.durationMs += costs.switchMs(decision.switch, nowMs + outcome.durationMs);
    if (decision.switch !== 'none' || at === undefined) {
      outcome.reboots += 1;
      if (decision.switch === 'flash') outcome.flashes += 1;
      at = { cell: decision.cell, boot: `rehearsed ${visits}`, needsBoot: false };
      survived = worlds.map(() => 0);
    }
    const seen = visited(decision, grid.indexOf(decision.cell), worlds, survived, random);
    bisect.observe({ cell: decision.cell, boot: at.boot, roles: seen.roles });
    at = { ...at, needsBoot: seen.isLost };
    survived = survived.map((before) => before + seen.cycles);
    outcome.cycles += seen.cycles;
    outcome.durationMs += seen.cycles * costs.expectedMs('cycle');
  }
  return outcome;
}

function visited(
  { cycles: most, endAtLossOf }: Visit,
  cell: number,
  worlds: readonly RoleWorld[],
  survived: readonly number[],
  random: () => number,
): { cycles: number; isLost: boolean; roles: Record<string, RoleObservation> } {
  // By role: the cycle of its first loss, counted from 1.
  const losses = worlds.map(({ isBad, logSurvival }, index) => {
    const limit = Math.log(random());
    const before = survived[index] ?? 0;
    if (!isBad(cell)) return Infinity;
    let cycle = 1;
    while (cycle <= most && logSurvival(before + cycle) - logSurvival(before) > limit) cycle += 1;
    return cycle <= most ? cycle : Infinity;
  });
  const ending = worlds.map(({ role }, index) => (endAtLossOf.includes(role) ? (losses[index] ?? Infinity) : Infinity));
  const cycles = Math.min(most, ...ending);
  const roles = Object.fromEntries(
    worlds.map(({ role }, index) => {
      const loss = losses[index] ?? Infinity;
      return [role, { survived: Math.min(cycles, loss - 1), lost: loss <= cycles }];
    }),
  );
  return { cycles, isLost: Math.min(...ending) <= cycles, roles };
}

function drawn(weights: Float64Array, part: number): number {
  const limit = part * sumOf(weights);
  let sum = 0;
  return weights.findIndex((weight) => (sum += weight) >= limit);
}

/** Park and Miller's generator. */
function randomOf(seed: number): () => number {
  let state = (seed * 7_919_777) % 2_147_483_647;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}
