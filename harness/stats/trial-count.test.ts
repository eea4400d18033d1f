import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  afterReboot,
  broughtBack,
  livesOf,
  noTrials,
  type TrialCount,
  type TrialResult,
  withCycleOf,
} from './trial-count.ts';

type Step = TrialResult | 'back' | 'reboot';

function after(...steps: readonly Step[]): TrialCount {
  return steps.reduce<TrialCount>((count, step) => {
    if (step === 'back') return broughtBack(count);
    return step === 'reboot' ? afterReboot(count) : withCycleOf(count, step, 10);
  }, noTrials);
}

describe('the trials of a function', () => {
  it('are its cycles while it is well', () =>
    expect(after('good', 'good', 'bad')).toEqual({
      ...{ trials: 3, failures: 1, isDown: true, idleCycles: 0, durationMs: 30, age: 0 },
      lives: [{ trials: 3, failed: 1, cutShort: 0 }],
    }));

  it('are not those in which nothing was seen', () =>
    expect(after('good', 'none', 'none')).toMatchObject({ trials: 1, idleCycles: 2, durationMs: 10, age: 1 }));

  it('are counted anew after an idle one', () => expect(after('none', 'good')).toMatchObject({ idleCycles: 0 }));

  it('are none while it is down: a hundred losses of a lost function are one', () => {
    const count = after('good', ...Array<Step>(100).fill('bad'));
    expect(count).toMatchObject({ trials: 2, failures: 1, isDown: true, idleCycles: 99, durationMs: 20 });
  });

  it('go on after the cycle in which it is found well, which is none itself', () => {
    expect(after('bad', 'bad', 'good')).toMatchObject({ trials: 1, failures: 1, isDown: false, idleCycles: 2 });
    expect(after('bad', 'good', 'good')).toMatchObject({ trials: 2, failures: 1, idleCycles: 0, age: 1 });
    expect(after('bad', 'none', 'bad')).toMatchObject({ trials: 1, failures: 1, isDown: true, idleCycles: 2 });
  });

  it('go on at once where we brought it back, or the host was rebooted', () => {
    for (const step of ['back', 'reboot'] as const) {
      expect(after('good', 'bad', step, 'bad')).toMatchObject({
        trials: 3,
        failures: 2,
        lives: [
          { trials: 2, failed: 1, cutShort: 0 },
          { trials: 1, failed: 1, cutShort: 0 },
        ],
      });
    }
  });

  it('are of one life until it fails; a reboot cuts it short, a step that mended others does not', () => {
    expect(after('good', 'good', 'reboot', 'good').lives).toEqual([{ trials: 2, failed: 0, cutShort: 1 }]);
    expect(after('good', 'reboot', 'reboot').lives).toEqual([{ trials: 1, failed: 0, cutShort: 1 }]);
    expect(after('good', 'good', 'back', 'good')).toMatchObject({ age: 3, lives: [] });
  });

  it('add lives of one length up', () =>
    expect(after('good', 'bad', 'back', 'good', 'bad', 'back', 'good', 'good', 'reboot', 'bad').lives).toEqual([
      { trials: 2, failed: 2, cutShort: 1 },
      { trials: 1, failed: 1, cutShort: 0 },
    ]));

  it('end with the life under way, cut short', () => {
    expect(livesOf(after('good', 'good'))).toEqual([{ trials: 2, failed: 0, cutShort: 1 }]);
    expect(livesOf(after('bad'))).toEqual([{ trials: 1, failed: 1, cutShort: 0 }]);
  });

  it('are all lived, and the same after JSON, whatever befell', () =>
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom<Step>('good', 'good', 'bad', 'none', 'back', 'reboot'), { maxLength: 60 }),
        (steps) => {
          const count = after(...steps);
          const lived = livesOf(count);
          const sum = (of: (life: (typeof lived)[number]) => number): number =>
            lived.reduce((total, life) => total + of(life), 0);
          expect(sum(({ trials, failed, cutShort }) => trials * (failed + cutShort))).toBe(count.trials);
          expect(sum(({ failed }) => failed)).toBe(count.failures);
          expect(new Set(lived.map(({ trials }) => trials)).size).toBe(lived.length);
          expect(JSON.parse(JSON.stringify(count))).toEqual(count);
        },
      ),
    ));
});
