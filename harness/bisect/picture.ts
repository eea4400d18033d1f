import { sumOf } from './cell-likelihood.ts';
import type { RolePosterior } from './decision.ts';
import type { Hypothesis } from './hypotheses.ts';
import type { CellGrid } from './space.ts';
import type { RoleState } from './standing.ts';

/** What is known of one role, as numbers for pictures. "Irregular" is a kind of its own; in the other pictures its part is by cell only. */
export function pictureOf(
  grid: CellGrid,
  hypotheses: readonly Hypothesis[],
  calls: Uint8Array,
  { role, beliefs }: RoleState,
  isDecided: boolean,
): RolePosterior {
  const posterior = beliefs.posterior();
  const view = beliefs.current();
  const kinds = new Map<string, number>();
  const kernels = grid.space.kernels.map(() => 0);
  const biosVersions = grid.space.biosVersions.map(() => 0);
  hypotheses.forEach(({ kind, rule }, index) => {
    const mass = posterior[index] ?? 0;
    kinds.set(kind, (kinds.get(kind) ?? 0) + mass);
    const { kernel, bios } = grid.cellOfSteps(rule.kernel ?? 0, rule.bios ?? 0, 0);
    if (rule.kernel !== undefined) kernels[kernel] = (kernels[kernel] ?? 0) + mass;
    if (rule.bios !== undefined) biosVersions[bios] = (biosVersions[bios] ?? 0) + mass;
  });
  kinds.set('irregular', view.irregularMass);
  const badProbability = Array.from({ length: grid.size }, (_none, cell) => {
    const ruled = posterior.reduce(
      (sum, mass, index) => sum + mass * (calls[cell * hypotheses.length + index] ?? 0),
      0,
    );
    return { cell: grid.cellAt(cell), probability: ruled + view.irregularMass * sumOf(view.irregularBad(cell)) };
  });
  return {
    role,
    isDecided,
    badProbability,
    firstBadKernel: grid.space.kernels.map((kernel, index) => ({ kernel, probability: kernels[index] ?? 0 })),
    firstBadBios: grid.space.biosVersions.map((biosVersion, index) => ({
      biosVersion,
      probability: biosVersions[index] ?? 0,
    })),
    kinds: [...kinds].map(([kind, probability]) => ({ kind, probability })),
    rate: rateSpread(beliefs.model.rates, view.points, view.masses),
  };
}

/** The middle, and what nine of ten lie between. */
function rateSpread(rates: Float64Array, points: readonly Float64Array[], masses: Float64Array): RolePosterior['rate'] {
  const weights = Array.from(rates, (rate, point) => ({
    rate,
    weight: points.reduce((sum, group, index) => sum + (group[point] ?? 0) * (masses[index] ?? 0), 0),
  })).sort((one, other) => one.rate - other.rate);
  const quantile = (part: number): number => {
    let sum = 0;
    for (const { rate, weight } of weights) {
      sum += weight;
      if (sum >= part) return rate;
    }
    return weights.at(-1)?.rate ?? 1;
  };
  return { low: quantile(0.05), median: quantile(0.5), high: quantile(0.95) };
}
