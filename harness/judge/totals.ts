import type { FunctionRole } from '../journal/events.ts';
import type { PciAddress } from '../pci/address.ts';
import type { CycleJudgement, CycleOutcome, FunctionVerdict, Verdict } from './verdict.ts';

/** One function over a whole run. */
export interface FunctionTotals {
  readonly role: FunctionRole;
  readonly counts: Readonly<Record<Verdict, number>>;
  /** Cycles in which the VM really held the function. */
  readonly exercised: number;
  readonly firstLost: { readonly cycle: number; readonly because: string } | undefined;
  readonly last: FunctionVerdict | undefined;
}

/** What the judged cycles of a run add up to. */
export interface Tally {
  readonly cycles: Readonly<Record<CycleOutcome, number>>;
  readonly functions: ReadonlyMap<PciAddress, FunctionTotals>;
  /** Every cycle that did not pass, in order. */
  readonly failures: readonly CycleJudgement[];
}

export function newTally(functions: readonly { address: PciAddress; role: FunctionRole }[]): Tally {
  return {
    cycles: { pass: 0, fail: 0, infra: 0, aborted: 0 },
    functions: new Map(functions.map(({ address, role }) => [address, newTotals(role)])),
    failures: [],
  };
}

export function withCycle(tally: Tally, judgement: CycleJudgement): Tally {
  const functions = new Map(tally.functions);
  for (const verdict of judgement.functions) {
    const totals = functions.get(verdict.address);
    if (totals !== undefined) functions.set(verdict.address, withVerdict(totals, judgement.cycle, verdict));
  }
  return {
    cycles: { ...tally.cycles, [judgement.outcome]: tally.cycles[judgement.outcome] + 1 },
    functions,
    failures: judgement.outcome === 'pass' ? tally.failures : [...tally.failures, judgement],
  };
}

function newTotals(role: FunctionRole): FunctionTotals {
  return {
    role,
    counts: { survived: 0, degraded: 0, lost: 0, unobserved: 0 },
    exercised: 0,
    firstLost: undefined,
    last: undefined,
  };
}

function withVerdict(totals: FunctionTotals, cycle: number, verdict: FunctionVerdict): FunctionTotals {
  return {
    role: totals.role,
    counts: { ...totals.counts, [verdict.verdict]: totals.counts[verdict.verdict] + 1 },
    exercised: totals.exercised + (verdict.exercised ? 1 : 0),
    firstLost: totals.firstLost ?? (verdict.verdict === 'lost' ? { cycle, because: verdict.because } : undefined),
    last: verdict,
  };
}
