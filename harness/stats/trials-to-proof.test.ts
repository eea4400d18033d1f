import { expect, it } from 'vitest';
import { proofOf } from './proof.ts';
import { zeroFailureTrials } from './rate-bounds.ts';
import { trialsToProof } from './trials-to-proof.ts';

const claim = { rate: 0.005, confidence: 0.95 };

it('without a failure it is what is missing of the fewest trials that prove it', () => {
  expect(trialsToProof({ trials: 100, failures: 0 }, claim)).toBe(zeroFailureTrials(0.005, 0.95) - 100);
  expect(trialsToProof({ trials: 598, failures: 0 }, claim)).toBe(0);
});

it.each([1, 5])('with %i failures so many prove it, and one fewer does not', (failures) => {
  const more = trialsToProof({ trials: 200, failures }, claim) ?? NaN;
  expect(proofOf({ trials: 200 + more, failures }, claim)).toBe('proven');
  expect(proofOf({ trials: 200 + more - 1, failures }, claim)).toBe('open');
});

it('says so where no run would live to see it', () => {
  expect(trialsToProof({ trials: 3, failures: 3 }, { rate: 1e-6, confidence: 0.95 })).toBeUndefined();
});
