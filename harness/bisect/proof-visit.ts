import { type CostModel, visitMs } from './costs.ts';
import type { RuleClasses } from './rule-classes.ts';
import { batches } from './outlook.ts';
import { type Choice, type Place, wayTo } from './selector.ts';
import type { CellGrid } from './space.ts';
import { leaderPoints, type RoleState, type Standing } from './standing.ts';

/** A bad cell that was never lost is visited until its first loss would be so overdue. */
const overdue = 0.1;

/** The visit that soonest proves a cell at the boundary of a role that wants nothing else for its verdict. */
export function proofVisit(
  grid: CellGrid,
  roles: readonly (RoleState & { readonly standing: Standing })[],
  classes: RuleClasses,
  costs: CostModel,
  nowMs: number,
  place: Place | undefined,
  boot: string | undefined,
): Choice | undefined {
  let best: { choice: Choice; worth: number } | undefined;
  for (const { beliefs, ledger, standing } of roles) {
    const points = leaderPoints(beliefs, classes, standing.leader);
    for (const proof of standing.missing) {
      const seen = beliefs.seenIn(proof.cell);
      const doubt = seen.doubt(points);
      const way = wayTo(grid, place, proof.cell);
      const inBoot = way === 'none' && boot !== undefined ? ledger.inBoot(boot) : { survived: 0, lost: false };
      const needed = Math.log(proof.wanted === 'clean' ? Math.max(1.001, proof.tooLikelyBy) : 1 / overdue);
      const weigh = (survived: number, freshBoot: boolean): void => {
        const wayKind = way === 'none' && freshBoot ? 'reboot' : way;
        for (const cycles of batches) {
          const survival = seen.doubt(points, { survived, cycles }) / doubt;
          const durationMs = costs.switchMs(wayKind, nowMs) + cycles * costs.expectedMs('cycle');
          const worth = Math.min(needed, -Math.log(survival)) / (visitMs + durationMs);
          if (best !== undefined && worth <= best.worth) continue;
          const lossProbability = proof.wanted === 'loss' ? 1 - survival : 0;
          const choice = { cell: proof.cell, cycles, freshBoot, switch: wayKind, bits: 0, durationMs, lossProbability };
          best = { choice, worth };
        }
      };
      if (way === 'none' && !inBoot.lost) weigh(inBoot.survived, false);
      weigh(0, true);
    }
  }
  return best?.choice;
}
