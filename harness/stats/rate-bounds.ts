import { requireCount, requireOpenUnit, StatisticsDomainError } from './errors.ts';
import { betaQuantile } from './quantiles.ts';

/** So many trials, of which so many failed. */
export interface TrialTally {
  readonly trials: number;
  readonly failures: number;
}

/** Failure rates a trial between which the true one lies, as far as the data can tell. */
export interface RateInterval {
  readonly lower: number;
  readonly upper: number;
}

/** @throws StatisticsDomainError */
export function requireTally({ trials, failures }: TrialTally): void {
  requireCount('a number of trials', trials);
  requireCount('a number of failures', failures);
  if (failures > trials) throw new StatisticsDomainError(`of ${trials} trials at most so many can fail`, failures);
}

/**
 * The highest failure rate that so many trials without a failure still allow: 1 - α^(1/n), for many trials the "rule of three", 3/n.
 *
 * It holds while one watches. (1-p)^-n while nothing failed, 0 from the first failure on, is a martingale that starts at 1 where p is the
 * true rate; by Ville's inequality it ever reaches 1/α with probability α at most. So the bound is right at every n at once, whenever one
 * looks and for whatever reason one stops, as long as it is given up with the first failure.
 */
export function zeroFailureBound(trials: number, confidence: number): number {
  requireCount('a number of trials', trials);
  requireOpenUnit('a confidence', confidence);
  return trials === 0 ? 1 : -Math.expm1(Math.log1p(-confidence) / trials);
}

/** The fewest trials without a failure after which {@link zeroFailureBound} is below the rate: 598 for 0.5 % at 95 %. */
export function zeroFailureTrials(rate: number, confidence: number): number {
  requireOpenUnit('a rate', rate);
  requireOpenUnit('a confidence', confidence);
  let trials = Math.max(1, Math.floor(Math.log1p(-confidence) / Math.log1p(-rate)));
  // The quotient of two logarithms may be one ulp off a whole number, to either side.
  while (zeroFailureBound(trials, confidence) >= rate) trials += 1;
  return trials;
}

/**
 * Interval of Clopper and Pearson (Biometrika 26 (1934) 404) for a number of trials that was fixed before: its error is at most half of
 * 1 - confidence on either side. A run that was stopped because of what it showed has no such number.
 */
export function clopperPearson(tally: TrialTally, confidence: number): RateInterval {
  requireOpenUnit('a confidence', confidence);
  const oneSided = (1 + confidence) / 2;
  return { lower: clopperPearsonLower(tally, oneSided), upper: clopperPearsonUpper(tally, oneSided) };
}

/** One-sided upper bound of Clopper and Pearson, for a number of trials that was fixed before. */
export function clopperPearsonUpper(tally: TrialTally, confidence: number): number {
  requireTally(tally);
  const { trials, failures } = tally;
  return failures === trials ? 1 : betaQuantile(confidence, failures + 1, trials - failures);
}

/** One-sided lower bound of Clopper and Pearson, for a number of trials that was fixed before. */
export function clopperPearsonLower(tally: TrialTally, confidence: number): number {
  requireTally(tally);
  const { trials, failures } = tally;
  return failures === 0 ? 0 : betaQuantile(1 - confidence, failures, trials - failures + 1);
}
