import { describe, expect, it } from 'vitest';
import type { JournalEvent, JournalEventBody } from '../journal/events.ts';
import {
  allCounts,
  begun,
  countsOf,
  failedStart,
  fiveFunctions,
  fiveTimes,
  healthy,
  judged,
  oddCycle,
  othersThan,
  tally,
  usb,
} from '../test/judged-journal.ts';
import type { RunJudgement } from './run-judgement.ts';
import { deadConfig, type SyntheticCycle, SyntheticJournal } from './synthetic-journal.ts';

describe('a cycle that shows nothing about a device', () => {
  const rows: Readonly<Record<string, [SyntheticCycle, RegExp]>> = {
    'a start that failed for no function': [failedStart('start failed: got timeout'), /start failed: got timeout/],
    'a function held by another VM': [
      failedStart(`PCI device '${usb}' already in use by VMID '101'`),
      /already in use by VMID/,
    ],
    'a start that failed without a word': [failedStart(''), /no reason given$/],
    'a start that failed, of which nobody heard a word': [{ start: { ok: false } }, /no reason given$/],
    'a failed start that leaves the host drivers on': [
      {
        ...failedStart('got timeout'),
        health: { after: fiveFunctions.map(({ address }) => ({ address, change: { driver: 'nouveau' } })) },
      },
      /got timeout/,
    ],
    'a VM that did not stop': [
      { stop: { ok: false, output: 'VM quit/powerdown failed - got timeout' } },
      /the VM did not stop: VM quit/,
    ],
  };

  it.each(Object.entries(rows))('%s is infra, and all are unobserved', (_what, [odd, because]) => {
    const judgement = oddCycle(odd);
    expect(judgement.outcome).toBe('infra');
    expect(judgement.cycles).toEqual({ pass: 2, fail: 0, infra: 1, aborted: 0 });
    expect(allCounts(judgement)).toEqual(fiveTimes(tally(2, 0, 0, 1)));
    expect(judgement.failures[0]?.because).toMatch(because);
  });

  /** A run of one cycle whose events went through other hands. */
  const edited = (edit: (event: JournalEvent) => JournalEventBody[]): RunJudgement =>
    judged(new SyntheticJournal(fiveFunctions).append(...begun().cycle().finish().events.flatMap(edit)).events);

  const lost: Readonly<Record<string, [(event: JournalEvent) => JournalEventBody[], outcome: string, RegExp]>> = {
    'the lab lost while the VM ran, with a dead function seen by then': [
      (event) => {
        if (event.t === 'cycle-finished') return [{ ...event, complete: false }];
        if (event.t === 'act-done' && event.act === 'vm-stop') {
          return [{ t: 'lab-lost', code: 'SSH_LOST', message: 'the connection closed' }];
        }
        if (event.t !== 'edge' || event.edge !== 'running')
          return event.t === 'edge' && event.edge === 'after' ? [] : [event];
        return [{ ...event, functions: new Map([...event.functions, [usb, healthy({ config: deadConfig })]]) }];
      },
      'infra',
      /the lab was lost: the connection closed/,
    ],
    'a cycle that was broken off': [
      (event) => [event.t === 'cycle-finished' ? { ...event, complete: false } : event],
      'aborted',
      /broken off/,
    ],
    'a controller that died in it': [
      (event) => (event.t === 'cycle-finished' || event.t === 'run-finished' ? [] : [event]),
      'aborted',
      /never ended/,
    ],
    'a cycle without an edge after it': [
      (event) => (event.t === 'edge' && event.edge === 'after' ? [] : [event]),
      'infra',
      /nobody looked after the stop/,
    ],
    'a cycle without an edge while the VM ran': [
      (event) => (event.t === 'edge' && event.edge === 'running' ? [] : [event]),
      'infra',
      /nobody saw whether it held/,
    ],
    'a cycle in which the VM was never stopped': [
      (event) => (event.t === 'act-done' && event.act === 'vm-stop' ? [] : [event]),
      'infra',
      /never stopped/,
    ],
    'a cycle in which the VM was never started': [
      (event) => (event.t === 'act-done' ? [] : [event]),
      'infra',
      /never started/,
    ],
    'a run without a baseline': [
      (event) => (event.t === 'edge' && event.edge === 'baseline' ? [] : [event]),
      'infra',
      /no baseline/,
    ],
  };

  it.each(Object.entries(lost))('%s', (_what, [edit, outcome, because]) => {
    const judgement = edited(edit);
    expect(judgement.outcome).toBe(outcome);
    expect(judgement.failures.map((failure) => failure.outcome)).toEqual([outcome]);
    expect(judgement.failures[0]?.because).toMatch(because);
    expect(allCounts(judgement)).toEqual(fiveTimes(tally(0, 0, 0, 1)));
  });

  it.each<[string, (event: JournalEvent) => JournalEventBody[], string[]]>([
    [
      'the lab was lost',
      (event) => (event.t === 'cycle-finished' ? [{ t: 'lab-lost', code: 'X', message: 'silence' }, event] : [event]),
      ['baseline', 'before', 'vm-start', 'running', 'after', 'lab-lost'],
    ],
    [
      'its kernel told of a hang first',
      (event) => {
        if (event.t !== 'cycle-finished') return [event];
        const text = 'INFO: task kvm:812 blocked for more than 120 seconds.';
        const hung: JournalEventBody = { t: 'kernel', seq: 1, level: 3, usec: 1, text };
        return [hung, { t: 'lab-lost', code: 'X', message: 'silence' }, event];
      },
      ['baseline', 'before', 'vm-start', 'running', 'after', 'kernel', 'lab-lost'],
    ],
    [
      'the cycle was broken off',
      (event) => [event.t === 'cycle-finished' ? { ...event, complete: false } : event],
      ['baseline', 'before', 'vm-start', 'running', 'after', 'cycle-finished'],
    ],
    [
      'the cycle never ended',
      (event) => (event.t === 'cycle-finished' ? [] : [event]),
      ['baseline', 'before', 'vm-start', 'running', 'after'],
    ],
    ['there is no baseline', (event) => (event.t === 'edge' && event.edge === 'baseline' ? [] : [event]), ['vm-start']],
    [
      'the VM was never started',
      (event) => (event.t === 'act-done' ? [] : [event]),
      ['baseline', 'before', 'running', 'after', 'cycle-finished'],
    ],
    [
      'the VM did not stop',
      (event) => [event.t === 'act-done' && event.act === 'vm-stop' ? { ...event, ok: false } : event],
      ['baseline', 'before', 'vm-start', 'running', 'vm-stop', 'after'],
    ],
    [
      'nobody looked after the stop',
      (event) => (event.t === 'edge' && event.edge === 'after' ? [] : [event]),
      ['baseline', 'before', 'vm-start', 'running', 'cycle-finished'],
    ],
    [
      'the host rebooted',
      (event) => [event.t === 'edge' && event.edge === 'after' ? { ...event, bootId: 'boot-2' } : event],
      ['baseline', 'before', 'vm-start', 'running', 'after'],
    ],
    [
      'the host had to be switched off',
      (event) => {
        if (event.t !== 'cycle-finished') return [event];
        return [{ t: 'host-wedged', why: 'silent' }, event, { t: 'lab-back', bootId: 'boot-2' }];
      },
      ['baseline', 'before', 'vm-start', 'running', 'after', 'host-wedged', 'lab-back'],
    ],
    [
      'the host had to be switched off, and is not back yet',
      (event) => (event.t === 'cycle-finished' ? [{ t: 'host-wedged', why: 'silent' }, event] : [event]),
      ['baseline', 'before', 'vm-start', 'running', 'after', 'host-wedged'],
    ],
  ])('names the events that show that %s', (_what, edit, kinds) => {
    const { events } = new SyntheticJournal(fiveFunctions).append(
      ...begun().cycle().finish('infra').events.flatMap(edit),
    );
    const [failure] = judged(events).failures;
    const named = failure?.functions.map(({ evidence }) =>
      evidence.map((n) => events.find((event) => event.n === n)).map((event) => nameOf(event)),
    );
    expect(named).toEqual(fiveTimes(kinds));
    const accusations = failure?.functions.flatMap(({ departures }) => departures) ?? [];
    expect(accusations.filter(({ symptom }) => symptom !== 'host-rebooted' && symptom !== 'host-wedged')).toEqual([]);
  });

  it('quotes the line in which a command says why, however it is padded', () => {
    const { failures } = oddCycle(failedStart('starting\n  got timeout \r\n\n'));
    expect(failures[0]?.because).toMatch(/no function was the reason: got timeout$/);
  });

  it('leaves unobserved only the function that an edge does not have', () => {
    const judgement = edited((event) => {
      if (event.t !== 'edge' || event.edge !== 'after') return [event];
      return [{ ...event, functions: new Map([...event.functions].filter(([address]) => address !== usb)) }];
    });
    expect(judgement.outcome).toBe('infra');
    expect(countsOf(judgement, usb)).toEqual(tally(0, 0, 0, 1));
    expect(othersThan(judgement, usb)).toEqual(Array(4).fill(tally(1, 0, 0, 0)));
  });
});

function nameOf(event: JournalEvent | undefined): string | undefined {
  if (event?.t === 'edge') return event.edge;
  return event?.t === 'act-done' ? event.act : event?.t;
}
