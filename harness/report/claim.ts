import type { FunctionRole } from '../journal/events.ts';
import { functionName } from '../judge/function-name.ts';
import type { RunJudgement } from '../judge/run-judgement.ts';
import type { FunctionTotals } from '../judge/totals.ts';
import type { PciAddress } from '../pci/address.ts';
import { type MeanTimeInterval, meanTimeInterval } from '../stats/mean-time.ts';
import { percent, percentAtLeast, percentAtMost } from '../stats/percent.ts';
import { rateInterval } from '../stats/proof.ts';
import { clopperPearson, type RateInterval } from '../stats/rate-bounds.ts';
import { type MedianLife, medianLife } from '../stats/time-to-failure.ts';
import { livesOf } from '../stats/trial-count.ts';

const defaultConfidence = 0.95;

/** What the trials of one function entitle one to say, and no more than that. docs/statistics.md has when each number is valid. */
export interface FunctionClaim {
  readonly words: string;
  readonly confidence: number;
  readonly trials: number;
  /** Trials that ended with the function lost; the cycles after it until it is back are no trials. */
  readonly lost: number;
  readonly degraded: number;
  /** The rate at which it fails to come back as it was, a cycle; valid whenever one looks. Undefined without a trial. */
  readonly rate: RateInterval | undefined;
  /**
   * The narrower interval of Clopper and Pearson, where nothing but a number of cycles that was settled before ended the run, and each was a trial.
   */
  readonly settledRate: RateInterval | undefined;
  /** After how many trials half of its lives ended with it lost; undefined where it was never lost. */
  readonly toLoss: MedianLife | undefined;
  /** For a run whose time was settled before, as by `--for`; undefined without a trial. */
  readonly meanTime: MeanTimeInterval | undefined;
}

/** @param run what the claim is measured by: the confidence of the proof that it was asked for, else 95 %. */
export function functionClaim(
  address: PciAddress,
  { role, counts, trials: { asItWas, degraded, usable } }: Pick<FunctionTotals, 'role' | 'counts' | 'trials'>,
  { start: { plan }, end }: Pick<RunJudgement, 'start' | 'end'>,
): FunctionClaim {
  const confidence = plan.stop?.prove?.confidence ?? defaultConfidence;
  const { trials, failures } = asItWas;
  const isSettled = end?.reason === 'cycles-done' && plan.stop === undefined && plan.cycles === trials && trials > 0;
  const numbers = {
    ...{ confidence, trials, degraded, lost: failures - degraded },
    rate: trials === 0 ? undefined : rateInterval(asItWas, confidence),
    settledRate: isSettled ? clopperPearson(asItWas, confidence) : undefined,
    toLoss: usable.failures === 0 ? undefined : medianLife(livesOf(usable), confidence),
    meanTime: usable.trials === 0 ? undefined : meanTimeInterval({ ...usable, endedBy: 'time' }, confidence),
  };
  const untried = counts.survived + counts.degraded + counts.lost + counts.unobserved - trials;
  return { ...numbers, words: claimWords(address, role, numbers, untried) };
}

function claimWords(
  address: PciAddress,
  role: FunctionRole,
  { confidence, trials, lost, degraded, rate, settledRate, toLoss }: Omit<FunctionClaim, 'words'>,
  untried: number,
): string {
  const name = functionName(role, address);
  if (rate === undefined) return `${name}: nothing can be said, it stood no trial`;
  const level = percent(confidence);
  const rest = untried === 0 ? '' : `; ${cycleCount(untried)} no trial`;
  if (lost + degraded === 0) {
    return `${name} survived ${trials} of ${trials}: failure rate below ${percentAtMost(rate.upper)} at ${level} confidence${rest}`;
  }
  const failed = [...(lost === 0 ? [] : [`lost ${lost}`]), ...(degraded === 0 ? [] : [`degraded ${degraded}`])];
  return (
    `${name} ${failed.join(' and ')} of ${trials} trial${trials === 1 ? '' : 's'}: rate between ` +
    `${percentAtLeast(rate.lower)} and ${percentAtMost(rate.upper)} (${level}, valid whenever you look${settledWords(settledRate)})${medianWords(toLoss)}${rest}`
  );
}

function settledWords(rate: RateInterval | undefined): string {
  if (rate === undefined) return '';
  return `; as the number of cycles was settled before, ${percentAtLeast(rate.lower)} to ${percentAtMost(rate.upper)}`;
}

function cycleCount(cycles: number): string {
  return cycles === 1 ? '1 cycle was' : `${cycles} cycles were`;
}

function medianWords(toLoss: MedianLife | undefined): string {
  if (toLoss?.median === undefined || toLoss.lower === undefined) return '';
  const { median, lower, upper } = toLoss;
  const limits = ` (${upper === undefined ? `${lower} or more` : `${lower} to ${upper}`})`;
  return `; half the time it was lost within ${median} trial${median === 1 ? '' : 's'}${limits}`;
}

/** What a run entitles one to say: one line a function. */
export function claimOf(judgement: RunJudgement): string {
  const { functions, outcome, end } = judgement;
  if (outcome === 'refused') return 'Shown: nothing; the VM was never started.';
  const claims = [...functions].map(([address, totals]) => functionClaim(address, totals, judgement));
  if (claims.every(({ trials }) => trials === 0)) return 'Shown: nothing; no function stood a trial.';
  const isWhole = end?.reason === 'cycles-done' || end?.reason === 'stop-rule';
  const cut = isWhole ? '' : ', before the run was cut short';
  return [`Shown${cut}:`, ...claims.map(({ words }) => `  ${words}`)].join('\n');
}
