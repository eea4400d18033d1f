import { describe, expect, it } from 'vitest';
import type { StopRules } from '../journal/events.ts';
import { noFunctionTrials } from '../judge/function-trials.ts';
import type { FunctionTotals } from '../judge/totals.ts';
import { addressOf } from '../test/known-address.ts';
import { begun, change, dead, fiveFunctions, gpu, judged, usb } from '../test/judged-journal.ts';
import { claimOf, functionClaim } from './claim.ts';
import { comparisonOf } from './comparison.ts';

const gpuAudio = addressOf('2b:00.1');

/** So many trials of a function with role gpu, of which so many were lost, each on its own. */
function totals(trials: number, lost: number, degraded = 0): FunctionTotals {
  const one = Math.floor(trials / Math.max(1, lost));
  const usable = {
    ...noFunctionTrials.usable,
    ...{ trials, failures: lost, durationMs: trials * 60_000 },
    lives: lost === 0 ? [] : [{ trials: one, failed: lost, cutShort: 0 }],
  };
  return {
    role: 'gpu',
    counts: { survived: trials - lost - degraded, degraded, lost, unobserved: 0 },
    ...{ exercised: trials, firstLost: undefined, last: undefined, recoveries: {} },
    trials: { asItWas: { ...usable, failures: lost + degraded }, degraded, usable },
  };
}
/** A run that was asked for so much and ended so. */
function run(cycles: number | undefined, stop?: StopRules, reason: 'cycles-done' | 'stop-rule' = 'stop-rule') {
  const { start, end } = judged(begun().append({ t: 'run-finished', reason }).events);
  return { start: { ...start, plan: { cycles, stop } }, end };
}
const words = (of: FunctionTotals, address = gpu): string => functionClaim(address, of, run(undefined)).words;

describe('what is claimed of a function', () => {
  it.each([
    [totals(598, 0), 'GPU 2b:00.0 survived 598 of 598: failure rate below 0.5 % at 95 % confidence'],
    [totals(0, 0), 'GPU 2b:00.0: nothing can be said, it stood no trial'],
    [
      totals(61, 0, 3),
      'GPU 2b:00.0 degraded 3 of 61 trials: rate between 0.339 % and 19.1 % (95 %, valid whenever you look)',
    ],
    [totals(61, 3), 'GPU 2b:00.0 lost 3 of 61 trials: rate between 0.339 % and 19.1 % (95 %, valid whenever you look)'],
    [
      totals(61, 2, 1),
      'GPU 2b:00.0 lost 2 and degraded 1 of 61 trials: rate between 0.339 % and 19.1 % (95 %, valid whenever you look)',
    ],
    [
      totals(1, 0, 1),
      'GPU 2b:00.0 degraded 1 of 1 trial: rate between 2.5 % and 100 % (95 %, valid whenever you look)',
    ],
  ])('%#', (of, expected) => expect(words(of)).toBe(expected));

  it('names two functions of one role apart', () =>
    expect(words(totals(3, 0), gpuAudio)).toMatch(/^GPU 2b:00\.1 survived 3 of 3:/));

  it('is measured by the confidence that the run was asked for', () => {
    const claim = functionClaim(gpu, totals(919, 0), run(undefined, { prove: { rate: 0.005, confidence: 0.99 } }));
    expect(claim.words).toContain('failure rate below 0.5 % at 99 % confidence');
    expect(claim).toMatchObject({ confidence: 0.99, trials: 919, lost: 0, degraded: 0, toLoss: undefined });
  });

  it('counts the cycles that were no trial', () => {
    const { counts, ...rest } = totals(9, 0);
    expect(words({ ...rest, counts: { ...counts, unobserved: 1 } })).toMatch(/confidence; 1 cycle was no trial$/);
    expect(words({ ...rest, counts: { ...counts, lost: 2 } })).toMatch(/confidence; 2 cycles were no trial$/);
  });

  it('is narrower where nothing but a settled number of cycles ended the run', () => {
    const settled = functionClaim(gpu, totals(10, 5), run(10, undefined, 'cycles-done'));
    expect(settled.words).toContain('look; as the number of cycles was settled before, 18.7 % to 81.3 %)');
    expect(settled.settledRate?.upper).toBeCloseTo(0.812_914, 5);
    for (const other of [run(11, undefined, 'cycles-done'), run(10, undefined), run(10, { forMs: 1 }, 'cycles-done')]) {
      expect(functionClaim(gpu, totals(10, 5), other).settledRate).toBeUndefined();
    }
    expect(functionClaim(gpu, totals(0, 0), run(0, undefined, 'cycles-done')).settledRate).toBeUndefined();
  });

  it('says after how many trials it was lost, where there were enough losses to tell', () => {
    const often: FunctionTotals = totals(40, 8);
    const lives = [2, 3, 4, 4, 5, 6, 7, 9].map((trials) => ({ trials, failed: 1, cutShort: 0 }));
    const usable = { ...often.trials.usable, lives };
    expect(words({ ...often, trials: { ...often.trials, usable } })).toMatch(
      /look\); half the time it was lost within 4 trials \(2 to 7\)$/,
    );
    const cutShort = [...lives, { trials: 30, failed: 0, cutShort: 8 }];
    expect(words({ ...often, trials: { ...often.trials, usable: { ...usable, lives: cutShort } } })).toMatch(
      /within 9 trials \(4 or more\)$/,
    );
  });

  it('has the mean time between losses in its numbers', () => {
    const { meanTime } = functionClaim(gpu, totals(60, 1), run(undefined));
    expect((meanTime?.lowerMs ?? NaN) / 3_600_000).toBeCloseTo(2 / 11.143, 3);
    expect(functionClaim(gpu, totals(0, 0), run(undefined)).meanTime).toBeUndefined();
  });
});

describe('what is claimed of a run', () => {
  const lost = change(usb, dead);

  it('counts a loss that lasts once, and does not count good cycles for a function that the VM did not hold', () => {
    const text = claimOf(judged(begun(4).cycle().cycle(lost).cycle(lost).cycle(lost).finish().events));
    expect(text.split('\n').slice(0, 2)).toEqual([
      'Shown:',
      '  GPU 2b:00.0 survived 4 of 4: failure rate below 52.8 % at 95 % confidence',
    ]);
    expect(text).toMatch(/USB 2c:00\.3 lost 1 of 2 trials: .*; 2 cycles were no trial$/m);
    const unheld = begun()
      .cycle()
      .cycle({ ...lost, start: { ok: false, output: `vfio ${usb}: broken` } });
    expect(claimOf(judged(unheld.finish().events))).toMatch(/GPU 2b:00\.0 survived 1 of 1: .*; 1 cycle was no trial$/m);
  });

  it.each([
    ['was refused', begun().finish('refused'), 'Shown: nothing; the VM was never started.'],
    ['did nothing', begun().finish(), 'Shown: nothing; no function stood a trial.'],
  ])('is nothing where it %s', (_what, { events }, text) => expect(claimOf(judged(events))).toBe(text));

  it('says that it was cut short, unless its cycles or a rule ended it', () => {
    const head = (reason: 'cycles-done' | 'stop-rule' | 'interrupted' | undefined): string | undefined => {
      const journal = begun().cycle();
      if (reason !== undefined) journal.append({ t: 'run-finished', reason });
      return claimOf(judged(journal.events)).split('\n')[0];
    };
    expect([head('cycles-done'), head('stop-rule')]).toEqual(['Shown:', 'Shown:']);
    const cut = 'Shown, before the run was cut short:';
    expect([head('interrupted'), head(undefined)]).toEqual([cut, cut]);
  });
});

describe('two runs', () => {
  it('are compared function by function, by what stood trial in both', () => {
    const good = begun().cycle().cycle().finish();
    const bad = begun().cycle(change(usb, dead)).finish();
    const compared = comparisonOf(judged(bad.events), judged(good.events));
    expect(compared.map(({ address }) => address)).toEqual(fiveFunctions.map(({ address }) => address));
    const [first, , third] = compared;
    expect(first).toMatchObject({
      fisher: expect.closeTo(1, 12) as unknown,
      barnard: 1,
      words: expect.stringContaining('failed 0 of 1 against 0 of 2') as unknown,
    });
    expect(third?.words).toBe('USB 2c:00.3 failed 1 of 1 against 0 of 2: p = 0.33 (Fisher), 0.25 (Barnard)');
    expect([third?.fisher, third?.barnard]).toEqual([expect.closeTo(1 / 3, 12), expect.closeTo(1 / 4, 9)]);
    const [untried] = comparisonOf(judged(good.events), judged(begun().finish().events));
    expect(untried).toMatchObject({
      address: gpu,
      conclusion: 'untried',
      words: 'GPU 2b:00.0 cannot be compared: it stood no trial in one of the runs',
      ...{ fisher: undefined, barnard: undefined },
    });
  });
});
