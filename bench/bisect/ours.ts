import { Bisector } from '../../harness/bisect/bisector.ts';
import type { Costs } from '../../harness/bisect/costs.ts';
import type { BisectOptions } from '../../harness/bisect/options.ts';
import { CellGrid, type BisectSpace } from '../../harness/bisect/space.ts';
import type { RoleVerdict } from '../../harness/bisect/verdict.ts';
import type { Claim, Method } from './method.ts';

const role = 'usb';
/** No bisect needs so many decisions. */
const mostDecisions = 3000;

/** The product's own method. What it believes of costs may differ from what things cost. */
export function ours(name: string, costs: Costs, options: Partial<BisectOptions> = {}): Method {
  return {
    name,
    run: (host, calibration) => {
      const { grid } = host.world;
      const bisector = new Bisector(grid.space, [role], options, costs);
      const tell = (cell: number, { boot, survived, lost }: { boot: string; survived: number; lost: boolean }): void =>
        bisector.observe({ cell: grid.cellAt(cell), boot, roles: { [role]: { survived, lost } } });
      for (const seen of calibration) tell(host.at.cell, seen);
      for (let count = 0; count < mostDecisions; count += 1) {
        const { cell, boot, needsBoot } = host.at;
        const decision = bisector.next(host.spent.ms, { cell: grid.cellAt(cell), boot, needsBoot });
        if (decision.kind === 'verdict') return claimOf(grid.space, decision.verdict.roles[0]);
        const target = grid.indexOf(decision.cell);
        const seen = host.visit(target, decision.cycles, decision.freshBoot);
        if (seen === undefined) bisector.untestable(decision.cell);
        else tell(target, seen);
      }
      return { kind: 'inconclusive' };
    },
  };
}

function claimOf(space: BisectSpace, verdict: RoleVerdict | undefined): Claim {
  if (verdict === undefined || verdict.finding === 'open') return { kind: 'inconclusive' };
  const { finding, confidence, rule } = verdict;
  if (finding === 'irregular') return { kind: 'irregular', confidence };
  const grid = new CellGrid(space, false);
  const conditions = rule.terms.map((term) => (index: number): boolean => {
    const cell = grid.cellAt(index);
    if (term.axis === 'flag')
      return ((cell.flags >> space.flags.findIndex(({ name }) => name === term.flag)) & 1) === 1;
    return term.axis === 'kernel'
      ? cell.kernel >= space.kernels.indexOf(term.firstBad)
      : cell.bios >= space.biosVersions.indexOf(term.firstBad);
  });
  const isBad = (cell: number): boolean =>
    rule.join === 'all' ? conditions.every((holds) => holds(cell)) : conditions.some((holds) => holds(cell));
  return { kind: 'bad-cells', isBad, confidence };
}
