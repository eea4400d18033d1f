import { callsBad, type Rule } from '../../harness/bisect/hypotheses.ts';
import { type BisectSpace, CellGrid } from '../../harness/bisect/space.ts';
import { betaDraw, drawAt, streamAt } from './draws.ts';

/** A kind of world; a trial draws one of it. */
export interface WorldKind {
  readonly name: string;
  /** Candidates for the first bad kernel: there is one kernel more, the known good one. */
  readonly kernels: number;
  readonly biosVersions: number;
  readonly flags: number;
  /** Failure rate per cycle of a bad cell. */
  readonly rate: number;
  readonly culprits: Culprits;
  /** Each bad cell has its own rate: so much of `rate` at least. */
  readonly leastPart?: number;
  /** Correlation of cycles in one boot: the boot's rate is from a beta distribution with mean `rate`. */
  readonly bootCorrelation?: number;
  /** Part of the cells that cannot boot; never a corner. */
  readonly untestable?: number;
  /** Cycles of any cell that are said to have failed, by the harness's fault. */
  readonly falseFailures?: number;
}

/** How the truth is drawn: shares of kinds, or one of a kind that no rule describes. */
export type Culprits =
  'kernel' | 'grid' | 'kernel-only' | 'bios-only' | 'both-needed' | 'either-suffices' | 'flag' | 'staircase' | 'none';

/** One world: what is true in it, and every fault that it will ever show. */
export class World {
  readonly kind: WorldKind;
  readonly grid: CellGrid;
  readonly isBad: (cell: number) => boolean;
  private readonly seed: number;

  constructor(kind: WorldKind, seed: number) {
    this.kind = kind;
    this.seed = seed;
    this.grid = new CellGrid(spaceOf(kind), false);
    const rules = truth(kind, streamAt(seed, 1));
    const bad = Array.from({ length: this.grid.size }, (_none, cell) => {
      const { kernel, bios, flags } = this.grid.cellAt(cell);
      return rules.some((rule) => callsBad(rule, kernel, bios, flags));
    });
    this.isBad = (cell) => bad[cell] ?? false;
  }

  isUntestable(cell: number): boolean {
    const { grid, kind } = this;
    if (cell === grid.indexOf(grid.goodCorner) || cell === grid.indexOf(grid.badCorner)) return false;
    return drawAt(this.seed, 2, cell) < (kind.untestable ?? 0);
  }

  /** Rate of a cell in its nth boot. */
  rateIn(cell: number, boot: number): number {
    const { falseFailures = 0 } = this.kind;
    return this.isBad(cell) ? 1 - (1 - this.faultRateIn(cell, boot)) * (1 - falseFailures) : falseFailures;
  }

  fails(cell: number, boot: number, cycle: number, rate: number): boolean {
    return rate > 0 && drawAt(this.seed, 5, cell, boot, cycle) < rate;
  }

  private faultRateIn(cell: number, boot: number): number {
    const { rate, leastPart = 1, bootCorrelation: rho = 0 } = this.kind;
    const own = rate * (leastPart + (1 - leastPart) * drawAt(this.seed, 3, cell));
    if (rho === 0) return own;
    const draws = 1 / rho - 1;
    return own >= 1 ? 1 : betaDraw(streamAt(this.seed, 4, cell, boot), own * draws, (1 - own) * draws);
  }
}

export function spaceOf({ kernels, biosVersions, flags }: WorldKind): BisectSpace {
  const names = (what: string, count: number): string[] => Array.from({ length: count }, (_none, n) => `${what}${n}`);
  return {
    kernels: names('k', kernels + 1),
    biosVersions: names('b', biosVersions),
    flags: names('f', flags).map((name) => ({ name, suspect: 'on' })),
  };
}

/** The true rules: a cell is bad where any of them says so. */
function truth(kind: WorldKind, random: () => number): Rule[] {
  const below = (count: number): number => Math.floor(random() * count);
  const kernel = 1 + below(kind.kernels);
  const bios = kind.biosVersions > 1 ? 1 + below(kind.biosVersions - 1) : 0;
  switch (kind.culprits === 'grid' ? gridKind(random()) : kind.culprits) {
    case 'none':
      return [];
    case 'kernel':
    case 'kernel-only':
      return [{ join: 'all', kernel }];
    case 'bios-only':
      return [{ join: 'all', bios }];
    case 'both-needed':
      return [{ join: 'all', kernel, bios }];
    case 'either-suffices':
      return [{ join: 'any', kernel, bios }];
    case 'flag':
      return [{ join: 'all', flag: below(kind.flags) }];
    case 'staircase': {
      // Two corners, one further along each axis than the other.
      const early = { kernel: 1 + below(kind.kernels - 1), bios: 2 + below(kind.biosVersions - 2) };
      const late = { kernel: early.kernel + 1 + below(kind.kernels - early.kernel), bios: 1 + below(early.bios - 1) };
      return [early, late].map((corner) => ({ join: 'all', ...corner }));
    }
  }
}

/** BISECT section 5's mixture. */
function gridKind(draw: number): 'kernel-only' | 'bios-only' | 'both-needed' | 'either-suffices' {
  if (draw < 0.45) return 'kernel-only';
  if (draw < 0.65) return 'bios-only';
  return draw < 0.9 ? 'both-needed' : 'either-suffices';
}
