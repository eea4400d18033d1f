import type { FunctionRole } from '../journal/events.ts';
import type { FunctionVerdict, Verdict } from './verdict.ts';

/** One function over a whole run. */
export interface FunctionTotals {
  readonly role: FunctionRole;
  readonly counts: Readonly<Record<Verdict, number>>;
  /** Cycles in which the VM really held the function. */
  readonly exercised: number;
  readonly firstLost: { readonly cycle: number; readonly because: string } | undefined;
  readonly last: FunctionVerdict | undefined;
}

export function newTotals(role: FunctionRole): FunctionTotals {
  return {
    role,
    counts: { survived: 0, degraded: 0, lost: 0, unobserved: 0 },
    exercised: 0,
    firstLost: undefined,
    last: undefined,
  };
}

export function withVerdict(totals: FunctionTotals, cycle: number, verdict: FunctionVerdict): FunctionTotals {
  return {
    role: totals.role,
    counts: { ...totals.counts, [verdict.verdict]: totals.counts[verdict.verdict] + 1 },
    exercised: totals.exercised + (verdict.exercised ? 1 : 0),
    firstLost: totals.firstLost ?? (verdict.verdict === 'lost' ? { cycle, because: verdict.because } : undefined),
    last: verdict,
  };
}
