import { describe, expect, it } from 'vitest';
import type { JournalEvent, JournalEventBody } from '../journal/events.ts';
import { SyntheticJournal } from '../judge/synthetic-journal.ts';
import { fiveFunctions, gpu } from '../test/judged-journal.ts';
import { afterEvent, noResumePoint, type ResumePoint } from './resume-point.ts';

const pointAfter = (events: readonly JournalEvent[]): ResumePoint => events.reduce(afterEvent, noResumePoint);
const stamped = (bodies: readonly JournalEventBody[]): JournalEvent[] =>
  bodies.map((body, index) => ({ n: index + 1, at: 0, ...body }));

const whole = new SyntheticJournal(fiveFunctions).begin().cycle().cycle().events;
/** The journal up to the event, in the second cycle, that this is true of. */
const upTo = (isIt: (event: JournalEvent) => boolean): JournalEvent[] => {
  const second = whole.findIndex((event) => event.t === 'cycle-started' && event.cycle === 2);
  return whole.slice(0, whole.findIndex((event, index) => index >= second && isIt(event)) + 1);
};

describe('where a run is gone on with', () => {
  it.each<[string, (event: JournalEvent) => boolean, Partial<ResumePoint>]>([
    [
      'the begin of a cycle',
      (event) => event.t === 'cycle-started',
      { open: { cycle: 2, isSeen: false, step: undefined }, ownVmCycle: undefined },
    ],
    [
      'the order to start the VM',
      (event) => event.t === 'intent' && event.act === 'vm-start',
      { open: { cycle: 2, isSeen: false, step: 'vm-start' }, ownVmCycle: 2 },
    ],
    [
      'its start',
      (event) => event.t === 'act-done' && event.act === 'vm-start',
      { open: { cycle: 2, isSeen: false, step: undefined }, ownVmCycle: 2 },
    ],
    [
      'the order to stop it',
      (event) => event.t === 'intent' && event.act === 'vm-stop',
      { open: { cycle: 2, isSeen: false, step: 'vm-stop' }, ownVmCycle: 2 },
    ],
    [
      'its stop, which its process may outlive',
      (event) => event.t === 'act-done' && event.act === 'vm-stop',
      { open: { cycle: 2, isSeen: false, step: undefined }, ownVmCycle: 2 },
    ],
    [
      'the look after it',
      (event) => event.t === 'edge' && event.edge === 'after',
      { open: { cycle: 2, isSeen: true, step: undefined }, ownVmCycle: undefined },
    ],
    ['the end of the cycle', (event) => event.t === 'cycle-finished', { open: undefined, ownVmCycle: undefined }],
  ])('after %s', (_what, isIt, expected) => {
    expect(pointAfter(upTo(isIt))).toMatchObject({ ...expected, lastCycle: 2, bootId: 'boot-1' });
  });

  it('after a read of config space that nobody saw the end of', () => {
    const read: JournalEventBody = { t: 'intervention', act: 'edge-read' };
    const events = [...upTo((event) => event.t === 'cycle-started'), ...stamped([read])];
    expect(pointAfter(events).open?.step).toBe('edge-read');
  });

  it('after the order to take a rung, and after its end', () => {
    const intent: JournalEventBody = { t: 'rung-intent', rung: 'bus-reset', cycle: 2, functions: [gpu] };
    const done: JournalEventBody = { t: 'rung-done', rung: 'bus-reset', cycle: 2, revived: [], durationMs: 1 };
    const next: JournalEventBody = { t: 'cycle-started', cycle: 3 };
    const point = (...bodies: JournalEventBody[]): ResumePoint => pointAfter([...whole, ...stamped(bodies)]);
    expect(point(intent)).toMatchObject({ rung: { rung: 'bus-reset', functions: [gpu] }, lastRung: 'bus-reset' });
    expect(point(intent, done)).toMatchObject({ rung: undefined, lastRung: 'bus-reset' });
    expect(point(intent, done, next)).toMatchObject({ rung: undefined, lastRung: undefined, lastCycle: 3 });
  });

  const parked: JournalEventBody = {
    ...{ t: 'parked', cell: 'old-bios', from: '5007', to: '2304', driver: 'manual' },
    instructions: 'Flash it.',
  };
  const shown: JournalEventBody = { t: 'resumed', bios: '2304', bootId: 'boot-2' };
  const finished: JournalEventBody = { t: 'run-finished', reason: 'infra' };
  const takenUp: JournalEventBody = { t: 'run-resumed', comeback: '0' };
  it.each<[string, readonly JournalEventBody[], string | undefined, string | undefined]>([
    ['a journal without events', [], undefined, undefined],
    ['a run that ended', [finished], undefined, 'infra'],
    ['a run that parked and ended', [parked, finished], '2304', 'infra'],
    ['a parked run that was taken up', [parked, finished, takenUp], '2304', undefined],
    ['one that went on', [parked, finished, takenUp, shown], undefined, undefined],
    ['one that parked again', [parked, takenUp, shown, parked, finished], '2304', 'infra'],
  ])('of %s', (_what, bodies, to, reason) => {
    const point = pointAfter(stamped(bodies));
    expect([point.parked?.to, point.end?.reason]).toEqual([to, reason]);
  });

  it('waits for a host that was lost and not seen again', () => {
    const lost: JournalEventBody = { t: 'lab-lost', code: 'SSH_CONNECTION_LOST', message: 'gone' };
    const back: JournalEventBody = { t: 'lab-back', bootId: 'boot-2' };
    expect([pointAfter(stamped([lost])).isLabLost, pointAfter(stamped([lost, back])).isLabLost]).toEqual([true, false]);
  });
});
