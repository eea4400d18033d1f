import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JournalEventBody } from '../journal/events.ts';
import { anyRun } from '../test/any-run.ts';
import { begun, change, dead, failedStart, gpu, judged, usb } from '../test/judged-journal.ts';
import { type FunctionTrials, noFunctionTrials, storedTrials, withVerdictOf } from './function-trials.ts';
import type { SyntheticJournal } from './synthetic-journal.ts';
import type { CycleOutcome, Verdict } from './verdict.ts';

const lost = change(usb, dead);
const narrow = change(usb, { linkWidth: 8 });

function trialsOf(journal: SyntheticJournal, address = usb): FunctionTrials {
  const totals = judged(journal.events).functions.get(address);
  if (totals === undefined) throw new Error(`${address} is not watched`);
  return totals.trials;
}

describe('one cycle of a function', () => {
  // Trials and failures of "came back as it was", of "came back at all".
  it.each<[Verdict, boolean, CycleOutcome, [number, number], [number, number]]>([
    ['survived', true, 'pass', [1, 0], [1, 0]],
    ['survived', true, 'fail', [1, 0], [1, 0]],
    ['survived', false, 'fail', [0, 0], [0, 0]],
    ['survived', true, 'infra', [0, 0], [0, 0]],
    ['survived', true, 'aborted', [0, 0], [0, 0]],
    ['degraded', true, 'fail', [1, 1], [1, 0]],
    ['degraded', false, 'fail', [1, 1], [0, 0]],
    ['lost', true, 'fail', [1, 1], [1, 1]],
    ['lost', false, 'fail', [1, 1], [1, 1]],
    ['unobserved', true, 'fail', [0, 0], [0, 0]],
    ['unobserved', false, 'infra', [0, 0], [0, 0]],
  ])('that is %s (held: %s) in a cycle that is %s', (verdict, exercised, outcome, asItWas, usable) => {
    const trials = withVerdictOf(noFunctionTrials, { verdict, exercised }, outcome, 7);
    expect([trials.asItWas.trials, trials.asItWas.failures]).toEqual(asItWas);
    expect([trials.usable.trials, trials.usable.failures]).toEqual(usable);
    expect(trials.degraded).toBe(verdict === 'degraded' ? 1 : 0);
    expect(trials.asItWas.durationMs).toBe(7 * asItWas[0]);
  });
});

describe('the trials of a run', () => {
  it('count a loss that lasts once, and a change that lasts once', () => {
    expect(trialsOf(begun().cycle().cycle(lost).cycle(lost).cycle(lost))).toMatchObject({
      asItWas: { trials: 2, failures: 1, isDown: true, idleCycles: 2 },
      degraded: 0,
    });
    expect(trialsOf(begun().cycle(narrow).cycle(narrow).cycle(narrow))).toMatchObject({
      asItWas: { trials: 1, failures: 1 },
      degraded: 1,
      usable: { trials: 3, failures: 0 },
    });
  });

  it('count a loss of what came back changed only for "came back at all"', () =>
    expect(trialsOf(begun().cycle(narrow).cycle(lost))).toMatchObject({
      asItWas: { trials: 1, failures: 1 },
      degraded: 1,
      usable: { trials: 2, failures: 1 },
    }));

  it('go on after a rung that brought the function back, and only for that function', () => {
    const both = {
      health: {
        after: [
          { address: usb, change: dead },
          { address: gpu, change: dead },
        ],
      },
    };
    const rung: JournalEventBody = { t: 'rung-done', rung: 'rescan', cycle: 1, revived: [usb], durationMs: 1 };
    const journal = begun().cycle(both).append(rung).cycle(both);
    expect(trialsOf(journal)).toMatchObject({
      asItWas: { trials: 2, failures: 2 },
      usable: { trials: 2, failures: 2 },
    });
    expect(trialsOf(journal, gpu)).toMatchObject({ asItWas: { trials: 1, failures: 1 } });
  });

  it('go on after a reboot of the host, which cuts every life short', () => {
    const journal = begun().cycle(lost);
    journal.cycle({ reboot: { from: 'running', bootId: 'boot-2' } }).cycle(lost);
    expect(trialsOf(journal)).toMatchObject({ asItWas: { trials: 2, failures: 2 } });
    expect(trialsOf(journal, gpu).usable).toMatchObject({
      ...{ trials: 2, failures: 0, age: 1 },
      lives: [{ trials: 1, failed: 0, cutShort: 1 }],
    });
  });

  it('know of a reboot that explains a cycle which nobody saw end', () => {
    const wedge = { why: 'silent', bootIdAfter: 'boot-2' };
    const journal = begun().cycle(lost).cycle({ wedge }).cycle(lost);
    expect(trialsOf(journal)).toMatchObject({ asItWas: { trials: 2, failures: 2, idleCycles: 0 } });
  });

  it('are none in cycles of the lab', () =>
    expect(trialsOf(begun().cycle(failedStart('got timeout')).cycle())).toMatchObject({
      asItWas: { trials: 1, failures: 0 },
      usable: { trials: 1, failures: 0 },
    }));

  it('are plain data, whatever stands in the journal, and never more than cycles', () =>
    fc.assert(
      fc.property(anyRun, (events) => {
        const { functions } = judged(events);
        for (const { trials, counts } of functions.values()) {
          expect(storedTrials.parse(JSON.parse(JSON.stringify(trials)))).toEqual(trials);
          const cycles = counts.survived + counts.degraded + counts.lost + counts.unobserved;
          expect(trials.asItWas.trials).toBeLessThanOrEqual(cycles);
          expect(trials.asItWas.failures).toBeLessThanOrEqual(counts.lost + counts.degraded);
          expect(trials.usable.failures).toBeLessThanOrEqual(counts.lost);
          if (counts.lost > 0) expect(trials.usable.failures).toBeGreaterThan(0);
        }
      }),
      { numRuns: 60 },
    ));
});
