import type { FunctionRole } from '../journal/events.ts';
import { functionName } from '../judge/function-name.ts';
import type { RunJudgement } from '../judge/run-judgement.ts';
import type { PciAddress } from '../pci/address.ts';
import { barnardExact } from '../stats/barnard.ts';
import { fisherExact } from '../stats/fisher.ts';
import { rateInterval } from '../stats/proof.ts';
import type { RateInterval, TrialTally } from '../stats/rate-bounds.ts';

/** How sure a difference must be, for all functions of a comparison together. */
export const comparisonConfidence = 0.95;

/**
 * `one-fails-more`, `other-fails-more`: shown. `not-shown`: the trials do not tell them apart, which is no proof that they are the same.
 * `untried`: it stood no trial in one of the runs.
 */
export type Conclusion = 'one-fails-more' | 'other-fails-more' | 'not-shown' | 'untried';

/** How one function did in two runs. */
export interface FunctionComparison {
  readonly address: PciAddress;
  readonly role: FunctionRole;
  readonly one: TrialTally;
  readonly other: TrialTally;
  readonly words: string;
  /** Two-sided p values of "it fails as often in the one as in the other"; undefined where one of them has no trial. */
  readonly fisher: number | undefined;
  readonly barnard: number | undefined;
  /** Both numbers of trials were settled before, which is what the tests take for granted. */
  readonly isSettled: boolean;
  /** The failure rates, a cycle, that remain possible; valid whenever one looks, and for all functions together. */
  readonly rates: { readonly one: RateInterval; readonly other: RateInterval } | undefined;
  readonly conclusion: Conclusion;
}

/**
 * Compares two runs, function by function; one that only one of them has is left out.
 *
 * Where both numbers of trials were settled before, Barnard's test decides; else whether the intervals lie apart that hold whenever one looks. Either is
 * held to α over the number of functions (Bonferroni), so that no number of functions makes a difference out of chance.
 */
export function comparisonOf(one: RunJudgement, other: RunJudgement): readonly FunctionComparison[] {
  const both = [...one.functions].flatMap(([address, { role, trials }]) => {
    const there = other.functions.get(address)?.trials.asItWas;
    return there === undefined ? [] : [{ address, role, here: trials.asItWas, there }];
  });
  const tried = both.filter(({ here, there }) => here.trials > 0 && there.trials > 0).length;
  return both.map(({ address, role, here, there }) => {
    const name = functionName(role, address);
    const told = { address, role, one: tallyOf(here), other: tallyOf(there) };
    const isSettled = isSettledIn(one, here) && isSettledIn(other, there);
    if (here.trials === 0 || there.trials === 0) {
      const words = `${name} cannot be compared: it stood no trial in one of the runs`;
      const nothing = { fisher: undefined, barnard: undefined, rates: undefined };
      return { ...told, words, isSettled, ...nothing, conclusion: 'untried' as const };
    }
    const fisher = fisherExact(here, there);
    const barnard = barnardExact(here, there);
    const confidence = 1 - (1 - comparisonConfidence) / (2 * tried);
    const rates = { one: rateInterval(here, confidence), other: rateInterval(there, confidence) };
    const isShown = isSettled ? barnard * tried <= 1 - comparisonConfidence : areApart(rates.one, rates.other);
    return {
      ...told,
      words: `${name} failed ${of(here)} against ${of(there)}: p = ${shown(fisher)} (Fisher), ${shown(barnard)} (Barnard)`,
      ...{ fisher, barnard, isSettled, rates },
      conclusion: isShown ? moreIn(here, there) : 'not-shown',
    };
  });
}

/** Nothing but a number of cycles that was settled before ended the run, and each of them was a trial. */
function isSettledIn({ start: { plan }, end }: Pick<RunJudgement, 'start' | 'end'>, { trials }: TrialTally): boolean {
  return end?.reason === 'cycles-done' && plan.stop === undefined && plan.cycles === trials;
}

function areApart(one: RateInterval, other: RateInterval): boolean {
  return one.upper < other.lower || other.upper < one.lower;
}

function moreIn(one: TrialTally, other: TrialTally): 'one-fails-more' | 'other-fails-more' {
  return one.failures * other.trials > other.failures * one.trials ? 'one-fails-more' : 'other-fails-more';
}

function tallyOf({ trials, failures }: TrialTally): TrialTally {
  return { trials, failures };
}

function of({ failures, trials }: TrialTally): string {
  return `${failures} of ${trials}`;
}

function shown(probability: number): string {
  return String(Number(probability.toPrecision(2)));
}
