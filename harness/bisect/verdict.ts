import type { Cell } from './space.ts';

/** What a bisect found; plain data, so its JSON form is itself. */
export interface BisectVerdict {
  /** `decided` where every role has its verdict. */
  readonly outcome: 'decided' | 'inconclusive';
  /** Why it ended without one. */
  readonly reason?: string;
  /** How sure all of it is together, at least. */
  readonly confidence: number;
  readonly roles: readonly RoleVerdict[];
}

/** What was found of one role. */
export interface RoleVerdict {
  readonly role: string;
  /**
   * `culprit`: a rule is found. `no-culprit`: nothing in the range loses it. `all-bad`: the whole range does. `irregular`: what was
   * seen fits no rule that is looked for. `open`: nothing is certain yet.
   */
  readonly finding: 'culprit' | 'no-culprit' | 'all-bad' | 'irregular' | 'open';
  /** How likely the finding is; of `open`, how likely the best guess. */
  readonly confidence: number;
  /** A cell is bad where all, or any, of these hold. Empty but for a culprit, and for the best guess of `open`. */
  readonly rule: { readonly join: 'all' | 'any'; readonly terms: readonly RuleTerm[] };
  /** The last good cells, each with what was seen there. */
  readonly below: readonly CellEvidence[];
  /** The first bad ones. */
  readonly above: readonly CellEvidence[];
  /** Faults with at least this rate per cycle would have been seen in the cell nearest to bad. */
  readonly excludesRate?: number;
  /** Other rules that are left, the likeliest first. */
  readonly alternatives: readonly { readonly words: string; readonly probability: number }[];
  readonly words: string;
}

/** One condition of a rule. */
export type RuleTerm =
  | {
      readonly axis: 'kernel' | 'bios';
      readonly lastGood: string;
      readonly firstBad: string;
      readonly untestable: readonly string[];
    }
  | { readonly axis: 'flag'; readonly flag: string; readonly suspect: 'on' | 'off' };

export interface CellEvidence {
  readonly cell: Cell;
  readonly name: string;
  /** Cycles that count. */
  readonly cycles: number;
  readonly lost: number;
  readonly boots: number;
  /** Upper bound of the failure rate where nothing was lost, at the confidence of the bisect; valid whenever one looks. */
  readonly rateBelow?: number;
}
