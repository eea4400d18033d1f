import { BisectDomainError } from './errors.ts';
import type { RoleObservation } from './observation.ts';

/** Cycles of one role in one boot. */
export interface BootTally {
  survived: number;
  lost: boolean;
}

/** What one observation adds to one boot of one role. */
export interface BootStep {
  readonly from: number;
  readonly to: number;
  readonly lost: boolean;
}

/** What was seen of one role in one cell. */
export interface CellTally {
  /** Good cycles, and those with a loss. */
  cycles: number;
  lost: number;
  /** Boots in which at least one cycle counted. */
  boots: number;
}

/** What was seen of one role, boot by boot. After the first loss in a boot nothing of that boot counts. */
export class RoleLedger {
  private readonly boots = new Map<string, BootTally>();
  private readonly cells = new Map<number, CellTally>();

  /** @returns what is news, or undefined where nothing counts. */
  add(cell: number, boot: string, { survived, lost }: RoleObservation): BootStep | undefined {
    if (!Number.isInteger(survived) || survived < 0)
      throw new BisectDomainError(`${survived} is no number of cycles that a function survived.`);
    const known = this.boots.get(boot) ?? { survived: 0, lost: false };
    if (known.lost || (survived === 0 && !lost)) return undefined;
    const step = { from: known.survived, to: known.survived + survived, lost };
    const tally = this.tallyOf(cell);
    if (known.survived === 0) tally.boots += 1;
    tally.cycles += survived + (lost ? 1 : 0);
    if (lost) tally.lost += 1;
    this.cells.set(cell, tally);
    this.boots.set(boot, { survived: step.to, lost });
    return step;
  }

  inBoot(boot: string): BootTally {
    return this.boots.get(boot) ?? { survived: 0, lost: false };
  }

  inCell(cell: number): CellTally {
    return { ...this.tallyOf(cell) };
  }

  private tallyOf(cell: number): CellTally {
    return this.cells.get(cell) ?? { cycles: 0, lost: 0, boots: 0 };
  }
}
