import { proofOf, type RateClaim } from './proof.ts';
import type { TrialTally } from './rate-bounds.ts';

/** More trials than a run of months has. */
const farTooMany = 1_000_000;

/** How many more trials, all good, would prove the claim; undefined where a million would not. */
export function trialsToProof({ trials, failures }: TrialTally, claim: RateClaim): number | undefined {
  const isProven = (more: number): boolean => proofOf({ trials: trials + more, failures }, claim) === 'proven';
  if (isProven(0)) return 0;
  let enough = 1;
  for (; !isProven(enough); enough *= 2) if (enough > farTooMany) return undefined;
  let tooFew = Math.floor(enough / 2);
  while (enough - tooFew > 1) {
    const middle = Math.floor((enough + tooFew) / 2);
    if (isProven(middle)) enough = middle;
    else tooFew = middle;
  }
  return enough;
}
