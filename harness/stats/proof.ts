import { confidenceSequence } from './confidence-sequence.ts';
import { type RateInterval, type TrialTally, zeroFailureBound } from './rate-bounds.ts';

/** "The failure rate is below `rate`, at this confidence": both between 0 and 1. */
export interface RateClaim {
  readonly rate: number;
  readonly confidence: number;
}

/**
 * What may be said of a failure rate whenever one looks: the bound for trials without a failure, and from the first failure on the
 * confidence sequence. Each of the two is wrong with probability 1 - confidence at most, over a whole run.
 */
export function rateInterval(tally: TrialTally, confidence: number): RateInterval {
  if (tally.failures > 0) return confidenceSequence(tally, confidence);
  return { lower: 0, upper: zeroFailureBound(tally.trials, confidence) };
}

/** `refuted`: the rate is shown to be higher. `open`: the trials so far say neither. */
export type Proof = 'proven' | 'refuted' | 'open';

/** Whether trials prove a claim. One may ask after each of them. */
export function proofOf(tally: TrialTally, { rate, confidence }: RateClaim): Proof {
  const { lower, upper } = rateInterval(tally, confidence);
  if (upper < rate) return 'proven';
  return lower > rate ? 'refuted' : 'open';
}
