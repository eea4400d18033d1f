import type { Switch } from './costs.ts';
import type { Cell } from './space.ts';
import type { BisectVerdict } from './verdict.ts';

/** What to do next. */
export type Decision = Visit | { readonly kind: 'verdict'; readonly verdict: BisectVerdict };

/** Go there and run cycles. */
export interface Visit {
  readonly kind: 'visit';
  readonly cell: Cell;
  /** Whether the cycles need a boot that had none before them, though the host runs this cell already. */
  readonly freshBoot: boolean;
  /** At most so many; fewer where a role of `endAtLossOf` is lost before. Ask again after that. */
  readonly cycles: number;
  /** The visit ends when one of these is lost. Others have their verdict. */
  readonly endAtLossOf: readonly string[];
  readonly switch: Switch;
  readonly why: string;
  readonly expected: {
    /** Bits that the verdict comes nearer by. */
    readonly bits: number;
    readonly durationMs: number;
    /** How likely the visit ends in a loss. */
    readonly lossProbability: number;
  };
}

/** What is still to come, on average. */
export interface Forecast {
  readonly durationMs: Spread;
  readonly cycles: Spread;
  /** Boots of the host, flashes included. */
  readonly reboots: Spread;
  readonly flashes: Spread;
  /** Part of the rehearsals that ended without a verdict. */
  readonly inconclusive: number;
}

export interface Spread {
  readonly mean: number;
  /** Nine of ten are not above it. */
  readonly p90: number;
}

/** What is known of one role. */
export interface RolePosterior {
  readonly role: string;
  readonly isDecided: boolean;
  /** By cell: how likely it is bad. */
  readonly badProbability: readonly { readonly cell: Cell; readonly probability: number }[];
  /** By kernel: how likely it is the first bad one of a culprit that has a kernel in it. */
  readonly firstBadKernel: readonly { readonly kernel: string; readonly probability: number }[];
  readonly firstBadBios: readonly { readonly biosVersion: string; readonly probability: number }[];
  /** By kind of culprit, in words of Hypothesis. */
  readonly kinds: readonly { readonly kind: string; readonly probability: number }[];
  /** Failure rate per cycle of a bad cell. */
  readonly rate: { readonly low: number; readonly median: number; readonly high: number };
}
