import { describe, expect, it } from 'vitest';
import type { JournalEvent, JournalEventBody } from '../journal/events.ts';
import { begun, change, dead, gpu, usb } from '../test/judged-journal.ts';
import type { VisitDecided } from './bisect-log.ts';
import { VisitRecord } from './visit-record.ts';

const visit = (fromCycle: number, toCycle: number): VisitDecided => ({
  ...{
    t: 'visit-decided',
    n: 2,
    at: 0,
    visit: 1,
    cell: { kernel: 0, bios: 0, flags: 0 },
    run: 'r',
    fromCycle,
    toCycle,
  },
  ...{ endAtLossOf: ['usb'], switch: 'kernel', why: '', nowMs: 0 },
  expected: { bits: 1, durationMs: 1, lossProbability: 0 },
});

function recordOf(events: readonly JournalEvent[], fromCycle = 0, toCycle = 3): VisitRecord {
  const record = new VisitRecord(visit(fromCycle, toCycle));
  for (const event of events) record.push(event);
  return record;
}

const then = (events: readonly JournalEvent[], ...bodies: readonly JournalEventBody[]): JournalEvent[] => [
  ...events,
  ...bodies.map((body, index) => ({ ...body, n: events.length + index + 1, at: (events.at(-1)?.at ?? 0) + 1 })),
];
const ended = (reason: 'cycles-done' | 'stop-rule' | 'infra', code?: string): JournalEventBody => ({
  ...{ t: 'run-finished', reason },
  ...(code === undefined ? {} : { code }),
});

describe('a visit', () => {
  it('is over once its cycles are done, and counts each role once a cycle', () => {
    const events = then(begun().cycle().cycle().cycle().events, ended('cycles-done'));
    const { boots, lastCycle, leftIn } = recordOf(events).over ?? {};
    const seen = { survived: 3, lost: false };
    expect(boots?.map(({ roles }) => roles)).toEqual([{ gpu: seen, usb: seen, audio: seen }]);
    expect([lastCycle, leftIn?.isLost]).toEqual([3, false]);
  });

  it('counts only what came after the visit before it', () => {
    const events = then(begun().cycle().cycle().cycle().events, ended('cycles-done'));
    expect(recordOf(events, 2, 3).over?.boots[0]?.roles['usb']).toEqual({ survived: 1, lost: false });
  });

  it('is not over before its last cycle, nor where the end of its run is that of the visit before', () => {
    const two = then(begun().cycle().cycle().events, ended('cycles-done'));
    expect([recordOf(two).over, recordOf(two, 2, 5).over]).toEqual([undefined, undefined]);
    expect(recordOf(then(two, { t: 'run-resumed', comeback: '0' }), 0, 2).over).toBeUndefined();
  });

  it('ends with a loss, which needs another boot', () => {
    const events = then(begun().cycle().cycle(change(usb, dead)).events, ended('stop-rule'));
    const { boots, leftIn } = recordOf(events).over ?? {};
    expect(boots?.[0]?.roles).toMatchObject({ usb: { survived: 1, lost: true }, gpu: { survived: 2, lost: false } });
    expect(leftIn?.isLost).toBe(true);
  });

  it('a loss of another role needs another boot as well', () => {
    const events = then(begun(2).cycle(change(gpu, dead)).cycle().events, ended('cycles-done'));
    expect(recordOf(events, 0, 2).over?.leftIn?.isLost).toBe(true);
  });

  it('whose lab was lost has seen nothing of that cycle', () => {
    const lost = then(
      begun().cycle().events,
      { t: 'cycle-started', cycle: 2 },
      { t: 'lab-lost', code: 'X', message: 'x' },
    );
    const closed = then(lost, { t: 'cycle-finished', cycle: 2, complete: false }, ended('infra', 'SSH_LOST'));
    expect(recordOf(closed).over).toBeUndefined();
    const on = then(closed, { t: 'run-resumed', comeback: '0' }, ended('cycles-done'));
    expect(recordOf(on, 0, 2).over?.boots[0]?.roles['usb']).toEqual({ survived: 1, lost: false });
  });

  it.each(['BOOT_FAILED', 'BOOT_NOT_AS_ASKED'])('that could not be booted is over and has seen nothing: %s', (code) => {
    const over = recordOf(then(begun().events.slice(0, 1), ended('infra', code))).over;
    expect(over).toMatchObject({ boots: [], failure: { kind: 'boot' } });
    expect(over?.leftIn).toBeUndefined();
  });

  it.each([
    [['split'], 'unusable'],
    [['split', 'vm'], undefined],
    [['vm'], undefined],
  ])('with the gates %j closed: %s', (gates, kind) => {
    const closed = gates.map((gate): JournalEventBody => ({ t: 'gate', gate, passed: false, findings: ['x'] }));
    const refused: JournalEventBody = { t: 'run-finished', reason: 'refused', code: 'GATE_REFUSED' };
    expect(recordOf(then(begun().events.slice(0, 1), ...closed, refused)).over?.failure?.kind).toBe(kind);
  });
});
