import { requireOpenUnit } from './errors.ts';
import { type RateInterval, requireTally, type TrialTally } from './rate-bounds.ts';
import { firstWhere } from './root.ts';
import { logBeta } from './special-functions.ts';

/** Both parameters of the beta distribution that rates are mixed over: Jeffreys' choice, which favours neither good nor bad functions. */
const mixture = 0.5;

/**
 * ln of the evidence against a rate: how much likelier the data are under the mixture of all rates than under this one,
 * B(½+x, ½+n-x) / B(½, ½) / (p^x (1-p)^(n-x)).
 */
export function logEvidenceAgainst(rate: number, { trials, failures }: TrialTally): number {
  const successes = trials - failures;
  return (
    logBeta(mixture + failures, mixture + successes) -
    logBeta(mixture, mixture) -
    (failures === 0 ? 0 : failures * Math.log(rate)) -
    (successes === 0 ? 0 : successes * Math.log1p(-rate))
  );
}

/**
 * Confidence sequence of a failure rate: the rates against which the evidence has not reached 1/α. For the true rate the evidence is a
 * martingale that starts at 1, so that it ever reaches 1/α with probability α at most (Ville). Hence the true rate is in *every* one of
 * these intervals with the confidence asked for: one may look after each trial and stop when one likes.
 *
 * Robbins, Ann. Math. Statist. 41 (1970) 1397; Howard, Ramdas, McAuliffe and Sekhon, Ann. Statist. 49 (2021) 1055, with the exact
 * binomial likelihood in place of their sub-Bernoulli bound.
 */
export function confidenceSequence(tally: TrialTally, confidence: number): RateInterval {
  requireTally(tally);
  requireOpenUnit('a confidence', confidence);
  const { trials, failures } = tally;
  if (trials === 0) return { lower: 0, upper: 1 };
  const threshold = -Math.log1p(-confidence);
  const isRuledOut = (rate: number): boolean => logEvidenceAgainst(rate, tally) >= threshold;
  // The likelihood has one peak, so what is not ruled out is one interval around it.
  const peak = failures / trials;
  return {
    lower: failures === 0 ? 0 : firstWhere(0, peak, (rate) => !isRuledOut(rate)),
    upper: failures === trials ? 1 : firstWhere(peak, 1, isRuledOut),
  };
}
