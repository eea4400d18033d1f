import type { Cell } from '../journal/events.ts';
import type { RunJudgement } from '../judge/run-judgement.ts';
import type { SyntheticCycle } from '../judge/synthetic-journal.ts';
import { begun, judged } from './judged-journal.ts';

/** A judged run in a cell: what it was run on is said as a real journal would. */
export function runIn(
  cell: Cell | undefined,
  cycles: readonly SyntheticCycle[],
  told: { readonly run?: string; readonly host?: string; readonly board?: string } = {},
): RunJudgement {
  const journal = begun(cycles.length);
  for (const cycle of cycles) journal.cycle(cycle);
  const base = judged(journal.finish().events);
  const board = told.board ?? 'ROG CROSSHAIR VII HERO';
  return {
    ...base,
    start: { ...base.start, run: told.run ?? 'night', host: told.host ?? 'elysium' },
    cell,
    identity: cell && {
      ...{ hostname: 'h', bootId: 'b', kernel: cell.kernel, commandLine: cell.commandLine, bios: cell.bios, board },
      ...{ boardVendor: null, biosVendor: null, biosDate: null, acsOverrideWarning: null },
    },
  };
}
