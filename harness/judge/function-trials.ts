import { z } from 'zod';
import {
  afterReboot,
  broughtBack,
  noTrials,
  type TrialCount,
  type TrialResult,
  withCycleOf,
} from '../stats/trial-count.ts';
import type { CycleOutcome, FunctionVerdict } from './verdict.ts';

/**
 * Two questions, so two counts: did the function come back as it was (a failure is `lost` or `degraded`), and did it come back at all
 * (a failure is `lost`)? Plain data.
 */
export interface FunctionTrials {
  readonly asItWas: TrialCount;
  /** How many of the failures of `asItWas` were `degraded`. */
  readonly degraded: number;
  readonly usable: TrialCount;
}

export const noFunctionTrials: FunctionTrials = { asItWas: noTrials, degraded: 0, usable: noTrials };

/**
 * The trials after one more judged cycle.
 *
 * Only cycles that pass or fail are trials. A function that is well after a cycle in which the VM did not hold it has stood no trial; one
 * that is not has failed, held or not: it died of the cycle before and was first seen now, or the VM could not start for it.
 */
export function withVerdictOf(
  trials: FunctionTrials,
  verdict: Pick<FunctionVerdict, 'verdict' | 'exercised'>,
  outcome: CycleOutcome,
  durationMs: number,
): FunctionTrials {
  const asItWas = withCycleOf(trials.asItWas, resultOf(verdict, outcome, 'bad'), durationMs);
  const hasDegraded = verdict.verdict === 'degraded' && asItWas.failures > trials.asItWas.failures;
  return {
    asItWas,
    degraded: trials.degraded + (hasDegraded ? 1 : 0),
    usable: withCycleOf(trials.usable, resultOf(verdict, outcome, 'good'), durationMs),
  };
}

/** The trials once a step of ours has brought the function back. */
export function trialsBroughtBack({ asItWas, degraded, usable }: FunctionTrials): FunctionTrials {
  return { asItWas: broughtBack(asItWas), degraded, usable: broughtBack(usable) };
}

/** The trials after a reboot of the host. */
export function trialsAfterReboot({ asItWas, degraded, usable }: FunctionTrials): FunctionTrials {
  return { asItWas: afterReboot(asItWas), degraded, usable: afterReboot(usable) };
}

function resultOf(
  { verdict, exercised }: Pick<FunctionVerdict, 'verdict' | 'exercised'>,
  outcome: CycleOutcome,
  whenDegraded: TrialResult,
): TrialResult {
  if ((outcome !== 'pass' && outcome !== 'fail') || verdict === 'unobserved') return 'none';
  if (verdict === 'lost') return 'bad';
  if (verdict === 'degraded' && whenDegraded === 'bad') return 'bad';
  return exercised ? 'good' : 'none';
}

const count = z.int().nonnegative();
const trialCount = z.strictObject({
  trials: count,
  failures: count,
  isDown: z.boolean(),
  idleCycles: count,
  durationMs: count,
  age: count,
  lives: z.array(z.strictObject({ trials: count, failed: count, cutShort: count })).readonly(),
});

/** {@link FunctionTrials} as JSON gives them back. */
export const storedTrials = z.strictObject({ asItWas: trialCount, degraded: count, usable: trialCount });
