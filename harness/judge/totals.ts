import type { FunctionRole, JournalEventOf, RungName } from '../journal/events.ts';
import type { PciAddress } from '../pci/address.ts';
import {
  type FunctionTrials,
  noFunctionTrials,
  trialsAfterReboot,
  trialsBroughtBack,
  withVerdictOf,
} from './function-trials.ts';
import type { CycleJudgement, CycleOutcome, FunctionVerdict, Verdict } from './verdict.ts';

/** One function over a whole run. */
export interface FunctionTotals {
  readonly role: FunctionRole;
  readonly counts: Readonly<Record<Verdict, number>>;
  /** Cycles in which the VM really held the function. */
  readonly exercised: number;
  /** What statistics may count. */
  readonly trials: FunctionTrials;
  readonly firstLost: { readonly cycle: number; readonly because: string } | undefined;
  readonly last: FunctionVerdict | undefined;
  /** How often each rung of the recovery ladder brought it back. */
  readonly recoveries: Readonly<Partial<Record<RungName, number>>>;
}

/** What the judged cycles of a run add up to. */
export interface Tally {
  readonly cycles: Readonly<Record<CycleOutcome, number>>;
  readonly functions: ReadonlyMap<PciAddress, FunctionTotals>;
}

export function newTally(functions: readonly { address: PciAddress; role: FunctionRole }[]): Tally {
  return {
    cycles: { pass: 0, fail: 0, infra: 0, aborted: 0 },
    functions: new Map(functions.map(({ address, role }) => [address, unjudged(role)])),
  };
}

export function withCycle(tally: Tally, judgement: CycleJudgement): Tally {
  const functions = new Map(tally.functions);
  for (const verdict of judgement.functions) {
    const totals = functions.get(verdict.address);
    if (totals !== undefined) functions.set(verdict.address, withVerdict(totals, judgement, verdict));
  }
  return {
    cycles: { ...tally.cycles, [judgement.outcome]: tally.cycles[judgement.outcome] + 1 },
    functions,
  };
}

/** What was lost came back by a step of ours. */
export function withRecovery(tally: Tally, { rung, revived }: JournalEventOf<'rung-done'>): Tally {
  const functions = new Map(tally.functions);
  for (const address of revived) {
    const totals = functions.get(address);
    if (totals === undefined) continue;
    const recoveries = { ...totals.recoveries, [rung]: (totals.recoveries[rung] ?? 0) + 1 };
    functions.set(address, { ...totals, recoveries, trials: trialsBroughtBack(totals.trials) });
  }
  return { ...tally, functions };
}

/** A reboot of the host makes every function fresh. */
export function withReboot(tally: Tally): Tally {
  const functions = [...tally.functions].map(([address, totals]): [PciAddress, FunctionTotals] => [
    address,
    { ...totals, trials: trialsAfterReboot(totals.trials) },
  ]);
  return { ...tally, functions: new Map(functions) };
}

/** A function before its first cycle. */
export function unjudged(role: FunctionRole): FunctionTotals {
  return {
    role,
    counts: { survived: 0, degraded: 0, lost: 0, unobserved: 0 },
    exercised: 0,
    trials: noFunctionTrials,
    firstLost: undefined,
    last: undefined,
    recoveries: {},
  };
}

function withVerdict(
  totals: FunctionTotals,
  { cycle, outcome, durationMs }: CycleJudgement,
  verdict: FunctionVerdict,
): FunctionTotals {
  return {
    role: totals.role,
    counts: { ...totals.counts, [verdict.verdict]: totals.counts[verdict.verdict] + 1 },
    exercised: totals.exercised + (verdict.exercised ? 1 : 0),
    trials: withVerdictOf(totals.trials, verdict, outcome, durationMs),
    firstLost: totals.firstLost ?? (verdict.verdict === 'lost' ? { cycle, because: verdict.because } : undefined),
    last: verdict,
    recoveries: totals.recoveries,
  };
}
