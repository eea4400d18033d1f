import { describe, expect, it } from 'vitest';
import { logEvidenceAgainst } from './confidence-sequence.ts';
import { proofOf } from './proof.ts';
import { type TrialTally, zeroFailureBound } from './rate-bounds.ts';

/** Park and Miller's generator, so that a simulation shows the same on every machine. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

/** Simulations: of what holds whenever one looks, how often is it wrong? */
describe('whoever looks all the time', () => {
  /**
   * Somebody watches and stops at the first moment at which the true rate is outside what is said: the worst that optional stopping can do.
   * How often that comes to pass must stay below 1 - confidence.
   */
  it('is wrong at some time in fewer runs than the risk, though one stops when it suits', () => {
    const random = randomOf(20_240_101);
    const runs = 300;
    const wrong = (rate: number, say: (tally: TrialTally) => boolean): number => {
      let count = 0;
      for (let run = 0; run < runs; run += 1) {
        let failures = 0;
        for (let trials = 1; trials <= 400; trials += 1) {
          if (random() < rate) failures += 1;
          if (say({ trials, failures })) continue;
          count += 1;
          break;
        }
      }
      return count / runs;
    };
    const risk = 0.1;
    for (const rate of [0.01, 0.1, 0.5]) {
      const byEvidence = wrong(rate, (so) => logEvidenceAgainst(rate, so) < -Math.log(risk));
      expect(byEvidence).toBeLessThanOrEqual(risk);
      const whileClean = wrong(rate, (so) => so.failures > 0 || zeroFailureBound(so.trials, 1 - risk) >= rate);
      expect(whileClean).toBeLessThanOrEqual(risk + 3 * Math.sqrt((risk * (1 - risk)) / runs));
      if (rate < 0.5) expect(whileClean).toBeGreaterThan(0);
    }
    // An interval for one look is wrong far more often for somebody who looks all the time.
    const oneLook = { lower: 0.5 - 1.645 / 2, upper: 0.5 + 1.645 / 2 };
    const peeked = wrong(0.5, ({ trials, failures }) => {
      const score = (failures / trials - 0.5) * Math.sqrt(trials) + 0.5;
      return trials < 10 || (score >= oneLook.lower && score <= oneLook.upper);
    });
    expect(peeked).toBeGreaterThan(2 * risk);
  });

  /** Both chances of `--prove` together, by the exact chance of every path for a function that fails just as often as is to be disproven. */
  it.each([
    [0.05, 2000],
    [0.1, 1000],
  ])(
    'lets a run that may go on after a failure prove a rate of %f wrongly in little more than the risk',
    (rate, most) => {
      const claim = { rate, confidence: 0.95 };
      let paths: number[] = [1];
      let proven = 0;
      const needed = new Map<number, number>();
      for (let trials = 1; trials <= most; trials += 1) {
        const next = Array<number>(paths.length + 1).fill(0);
        paths.forEach((chance, failures) => {
          next[failures] = (next[failures] ?? 0) + chance * (1 - rate);
          next[failures + 1] = (next[failures + 1] ?? 0) + chance * rate;
        });
        // More failures than at that rate are expected prove nothing.
        for (let failures = 0; failures < trials * rate; failures += 1) {
          const chance = next[failures] ?? 0;
          if (chance < 1e-12) continue;
          const isProven =
            failures === 0
              ? proofOf({ trials, failures }, claim) === 'proven'
              : logEvidenceAgainst(rate, { trials, failures }) > Math.log(20);
          if (!isProven) continue;
          proven += chance;
          next[failures] = 0;
          needed.set(failures, Math.min(trials, needed.get(failures) ?? Infinity));
        }
        paths = next.slice(0, Math.ceil(most * rate * 2));
      }
      expect(proven).toBeGreaterThan(0.047);
      expect(proven).toBeLessThan(0.0515);
    },
  );
});
