import { describe, expect, it } from 'vitest';
import type { StopRules } from '../journal/events.ts';
import type { SyntheticCycle, SyntheticJournal } from '../judge/synthetic-journal.ts';
import { addressOf } from '../test/known-address.ts';
import { begun, change, dead, failedStart, gpu, judged, usb } from '../test/judged-journal.ts';
import { startTwin } from '../twin/twin.ts';
import { soakTwin, twinPlan } from './fixtures/twin-soak.ts';
import { ruleMet } from './stop-rules.ts';

const times = (count: number, odd?: SyntheticCycle): SyntheticCycle[] => Array<SyntheticCycle>(count).fill(odd ?? {});
const story = (...cycles: readonly SyntheticCycle[]): SyntheticJournal =>
  cycles.reduce<SyntheticJournal>((journal, odd) => journal.cycle(odd), begun());
const lostUsb = change(usb, dead);
const half = { rate: 0.5, confidence: 0.95 };

/** What the rules say after these cycles; the time that is up is that of the last event unless it is given. */
function said(rules: StopRules, cycles: number | undefined, journal: SyntheticJournal, nowMs?: number) {
  const judgement = judged(journal.events);
  return ruleMet(rules, cycles, judgement, nowMs ?? judgement.lastAtMs);
}

describe('a rule', () => {
  it('is never met before the first cycle was judged', () => {
    expect(said({ forMs: 1, untilLost: true, prove: half }, 3, begun(), Number.MAX_SAFE_INTEGER)).toBeUndefined();
    expect(said({ forMs: 1 }, undefined, begun().append({ t: 'lab-lost', code: 'X', message: '' }))).toBeUndefined();
  });

  it('of time counts from the start of the run, to the millisecond', () => {
    const journal = story({}, {});
    const startMs = journal.events[0]?.at ?? NaN;
    expect(said({ forMs: 5000 }, undefined, journal, startMs + 4999)).toBeUndefined();
    expect(said({ forMs: 5000 }, undefined, journal, startMs + 5000)).toBe('its time is up after 2 cycles');
    expect(said({ forMs: 5000 }, 2, story({}), startMs + 5000)).toBe('its time is up after 1 cycle');
  });

  it('of loss names what was lost, and a function that merely came back changed is none', () => {
    expect(said({ untilLost: true }, undefined, story({}, change(usb, { linkWidth: 8 })))).toBeUndefined();
    expect(said({ untilLost: true }, undefined, story({}, lostUsb, {}))).toBe('USB 2c:00.3 did not come back');
    expect(said({ prove: half }, undefined, story(lostUsb))).toBeUndefined();
  });

  it('of loss by role is met by that role alone', () => {
    expect(said({ untilLost: ['usb'] }, 9, story({}, change(gpu, dead)))).toBeUndefined();
    expect(said({ untilLost: ['audio', 'usb'] }, 9, story({}, lostUsb))).toBe('USB 2c:00.3 did not come back');
  });

  it('of loss by role is met as well where nothing of that role is tried any more', () => {
    const blocked = failedStart(`vfio ${gpu}: error getting device from group 26: Input/output error`);
    expect(said({ untilLost: ['usb'] }, 9, story({}, blocked, blocked))).toBeUndefined();
    expect(said({ untilLost: ['usb'] }, 9, story({}, ...times(3, blocked)))).toMatch(
      /stood no trial in the last 3 cycles$/,
    );
    expect(said({ untilLost: true }, 9, story(...times(3, failedStart('start failed: got timeout'))))).toBeUndefined();
  });

  it.each([
    ['nobody says anything after too few trials', half, 9, times(4), undefined],
    ['all are proven', half, 9, times(5), 'proven: a failure rate below 50 % at 95 % confidence'],
    ['a loss takes the proof away', half, 40, [...times(4), lostUsb, {}, {}], undefined],
    ['it cannot yet be proven after a loss', half, 40, [lostUsb, ...times(11)], undefined],
    [
      'it can be proven after a loss',
      half,
      40,
      [lostUsb, ...times(12)],
      'proven: a failure rate below 50 % at 95 % confidence',
    ],
    ['the trials left are just enough', half, 13, [lostUsb], undefined],
    [
      'the trials left are one too few',
      half,
      12,
      [lostUsb],
      'not to be proven any more: a failure rate below 50 % at 95 % confidence; for USB 2c:00.3 11 cycles more are too few',
    ],
    ['no cycle is left, which ends the run anyway', half, 2, [lostUsb, lostUsb], undefined],
    ['a cycle that nobody saw is no trial', half, 9, times(9, failedStart('got timeout')), undefined],
  ] as const)('of proof: %s', (_what, prove, cycles, done, words) => {
    const ruling = said({ prove }, cycles, story(...done));
    expect(ruling).toBe(words);
  });

  it('of proof is refuted by independent failures', () => {
    const journal = begun();
    for (let cycle = 1; cycle <= 3; cycle += 1) {
      const rung = 'rescan' as const;
      journal.cycle(lostUsb).append({ t: 'rung-done', rung, cycle, revived: [usb], durationMs: 1 });
    }
    expect(said({ prove: { rate: 0.1, confidence: 0.95 } }, undefined, journal)).toBe(
      'refuted: a failure rate below 10 % at 95 % confidence; that of USB 2c:00.3 is higher',
    );
  });

  it('that nothing else limits ends a run that would go on for ever', () => {
    const stuck = [lostUsb, ...times(10, change(usb, dead, ['before', 'running', 'after']))];
    const words = 'USB 2c:00.3 stood no trial in the last 10 cycles';
    expect(said({ prove: { rate: 0.05, confidence: 0.95 } }, undefined, story(...stuck))).toBe(words);
    expect(said({ prove: { rate: 0.05, confidence: 0.95 } }, undefined, story(...stuck.slice(1)))).toBeUndefined();
    expect(said({ prove: { rate: 0.05, confidence: 0.95 }, forMs: 1e9 }, undefined, story(...stuck))).toBeUndefined();
    expect(said({ prove: { rate: 0.05, confidence: 0.95 } }, 1000, story(...stuck))).toBeUndefined();
    const unseen = story({}, ...times(10, failedStart('got timeout')));
    expect(said({ untilLost: true }, undefined, unseen)).toMatch(/^GPU 2b:00\.0, .* stood no trial/);
    const narrow = times(12, change(gpu, { linkWidth: 8 }));
    expect(said({ untilLost: true }, undefined, story(...narrow))).toBeUndefined();
  });
});

describe('a run', () => {
  const victim = addressOf('2b:00.0');

  it('ends after the recovery of the cycle that lost a function, and its journal has the rule', async () => {
    await using twin = await startTwin();
    let rests = 0;
    const { events, error } = await soakTwin(twin, {
      plan: { cycles: undefined, stopRules: { untilLost: true }, recovery: { ...twinPlan.recovery, rungs: ['wait'] } },
      atRest: async () => {
        rests += 1;
        if (rests === 2) twin.kill(victim);
        await Promise.resolve();
      },
    });
    expect(error).toBeUndefined();
    const kinds = events.map(({ t }) => t);
    expect(kinds.filter((t) => t === 'cycle-started')).toHaveLength(2);
    expect(kinds.slice(-2)).toEqual(['rung-done', 'run-finished']);
    expect(events[0]).toMatchObject({ t: 'run-started', plan: { stop: { untilLost: true } } });
    expect(events.at(-1)).toMatchObject({ reason: 'stop-rule', message: 'GPU 2b:00.0 did not come back' });
    expect(judged(events)).toMatchObject({ outcome: 'fail', start: { plan: { stop: { untilLost: true } } } });
    expect(events[0]).not.toHaveProperty('plan.cycles');
  });

  it('that ends by its proof, or by its time, has passed; by its cycles alone it ends as ever', async () => {
    await using twin = await startTwin();
    const proven = await soakTwin(twin, { plan: { cycles: 9, stopRules: { prove: { rate: 0.9, confidence: 0.8 } } } });
    expect(judged(proven.events)).toMatchObject({ outcome: 'pass', cycles: { pass: 1 } });
    expect(proven.events.at(-1)).toMatchObject({
      reason: 'stop-rule',
      message: 'proven: a failure rate below 90 % at 80 % confidence',
    });
    const timed = await soakTwin(twin, { plan: { cycles: undefined, stopRules: { forMs: 1 } } });
    expect(judged(timed.events)).toMatchObject({ outcome: 'pass', cycles: { pass: 1 } });
    const counted = await soakTwin(twin, { plan: { cycles: 1, stopRules: { untilLost: true, forMs: 1e9 } } });
    expect(counted.events.at(-1)).toMatchObject({ reason: 'cycles-done' });
  });
});
