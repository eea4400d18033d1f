import { requireTally, type TrialTally } from './rate-bounds.ts';
import { logChoose } from './special-functions.ts';

/** Tables as likely as the one that was seen, but for rounding, belong to it: the same margin as in R. */
const roundingMargin = 1 + 1e-7;

/**
 * Fisher's exact test, two-sided as R's `fisher.test`: how likely, given both numbers of trials and all failures together, a table is that is no
 * likelier than the one that was seen, if both cells fail at the same rate. For numbers of trials that were settled before.
 */
export function fisherExact(one: TrialTally, other: TrialTally): number {
  requireTally(one);
  requireTally(other);
  const failures = one.failures + other.failures;
  const all = logChoose(one.trials + other.trials, failures);
  const probability = (inOne: number): number =>
    Math.exp(logChoose(one.trials, inOne) + logChoose(other.trials, failures - inOne) - all);
  const limit = probability(one.failures) * roundingMargin;
  let sum = 0;
  for (let inOne = Math.max(0, failures - other.trials); inOne <= Math.min(failures, one.trials); inOne += 1) {
    const likely = probability(inOne);
    if (likely <= limit) sum += likely;
  }
  return Math.min(1, sum);
}
