import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { confidenceSequence, logEvidenceAgainst } from './confidence-sequence.ts';
import { proofOf, rateInterval } from './proof.ts';
import { clopperPearson, zeroFailureBound } from './rate-bounds.ts';

const tally = fc
  .tuple(fc.integer({ min: 1, max: 2000 }), fc.double({ min: 0, max: 1, noNaN: true }))
  .map(([trials, part]) => ({ trials, failures: Math.round(part * trials) }));

describe('the confidence sequence', () => {
  // Two trials can be done by hand: B(3/2, 3/2) / B(1/2, 1/2) = 1/8, so p (1-p) = 1/160 at 95 %.
  it('is the root of a square in the smallest case', () => {
    const { lower, upper } = confidenceSequence({ trials: 2, failures: 1 }, 0.95);
    const root = Math.sqrt(1 / 4 - 1 / 160);
    expect(lower).toBeCloseTo(0.5 - root, 13);
    expect(upper).toBeCloseTo(0.5 + root, 13);
  });

  it('of one kind alone is a power: with n failures p^n = 20 B(½+n, ½) / π', () => {
    expect(confidenceSequence({ trials: 1, failures: 1 }, 0.95)).toEqual({
      lower: expect.closeTo(0.025, 13) as unknown,
      upper: 1,
    });
    expect(confidenceSequence({ trials: 2, failures: 2 }, 0.95).lower).toBeCloseTo(Math.sqrt(3 / 160), 13);
    expect(confidenceSequence({ trials: 1, failures: 0 }, 0.95)).toEqual({
      lower: 0,
      upper: expect.closeTo(0.975, 13) as unknown,
    });
    expect(confidenceSequence({ trials: 0, failures: 0 }, 0.95)).toEqual({ lower: 0, upper: 1 });
  });

  it('of 3 in 61', () => {
    const { lower, upper } = confidenceSequence({ trials: 61, failures: 3 }, 0.95);
    expect([lower, upper]).toEqual([
      expect.closeTo(0.003_393_762_7, 9) as unknown,
      expect.closeTo(0.190_905_437_6, 9) as unknown,
    ]);
  });

  it('has what was seen in it, is its own mirror, wider than one look, and wider with more confidence', () =>
    fc.assert(
      fc.property(tally, ({ trials, failures }) => {
        const { lower, upper } = confidenceSequence({ trials, failures }, 0.95);
        expect(lower).toBeLessThanOrEqual(failures / trials);
        expect(upper).toBeGreaterThanOrEqual(failures / trials);
        const mirror = confidenceSequence({ trials, failures: trials - failures }, 0.95);
        expect(mirror.lower).toBeCloseTo(1 - upper, 10);
        const oneLook = clopperPearson({ trials, failures }, 0.95);
        expect(lower).toBeLessThanOrEqual(oneLook.lower);
        expect(upper).toBeGreaterThanOrEqual(oneLook.upper);
        const surer = confidenceSequence({ trials, failures }, 0.99);
        expect(surer.lower).toBeLessThanOrEqual(lower);
        expect(surer.upper).toBeGreaterThanOrEqual(upper);
        // Its limits are where the evidence reaches 1/α.
        if (failures > 0) expect(logEvidenceAgainst(lower, { trials, failures })).toBeCloseTo(Math.log(20), 6);
        if (failures < trials) expect(logEvidenceAgainst(upper, { trials, failures })).toBeCloseTo(Math.log(20), 6);
      }),
      { numRuns: 60 },
    ));

  it('rests on a martingale: under the true rate the evidence after a trial is, on average, that before it', () =>
    fc.assert(
      fc.property(tally, fc.double({ min: 0.01, max: 0.99, noNaN: true }), ({ trials, failures }, rate) => {
        const after = (failed: 0 | 1): number =>
          logEvidenceAgainst(rate, { trials: trials + 1, failures: failures + failed }) -
          logEvidenceAgainst(rate, { trials, failures });
        expect(rate * Math.exp(after(1)) + (1 - rate) * Math.exp(after(0))).toBeCloseTo(1, 7);
      }),
    ));
});

describe('what may be said whenever one looks', () => {
  it('is the bound without a failure until the first one, and the confidence sequence from then on', () => {
    expect(rateInterval({ trials: 598, failures: 0 }, 0.95)).toEqual({ lower: 0, upper: zeroFailureBound(598, 0.95) });
    expect(rateInterval({ trials: 61, failures: 3 }, 0.95)).toEqual(
      confidenceSequence({ trials: 61, failures: 3 }, 0.95),
    );
  });

  it.each([
    [{ trials: 598, failures: 0 }, 0.005, 'proven'],
    [{ trials: 597, failures: 0 }, 0.005, 'open'],
    [{ trials: 0, failures: 0 }, 0.999, 'open'],
    [{ trials: 2081, failures: 1 }, 0.005, 'proven'],
    [{ trials: 2080, failures: 1 }, 0.005, 'open'],
    [{ trials: 1, failures: 1 }, 0.024, 'refuted'],
    [{ trials: 1, failures: 1 }, 0.026, 'open'],
    [{ trials: 1, failures: 0 }, 0.5, 'open'],
  ] as const)('%o against %f is %s', (trials, rate, proof) =>
    expect(proofOf(trials, { rate, confidence: 0.95 })).toBe(proof),
  );
});
