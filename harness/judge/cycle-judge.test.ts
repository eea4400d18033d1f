import { describe, expect, it } from 'vitest';
import { LineCodec } from '../journal/line-codec.ts';
import { begun, change, chipsetUsb, dead, fiveFunctions, usb } from '../test/judged-journal.ts';
import { addressOf } from '../test/known-address.ts';
import { CycleJudge } from './cycle-judge.ts';
import { type CellBaseline, type CycleRecord, newCycleRecord, withEvent } from './cycle-record.ts';
import { judgeCycle } from './judge-cycle.ts';
import type { SyntheticCycle } from './synthetic-journal.ts';
import type { CycleJudgement } from './verdict.ts';

/** The cycles of a run as a reader of its journal has them: what did not change is the very object of before. */
function read(...cycles: readonly SyntheticCycle[]): { baseline: CellBaseline; records: CycleRecord[] } {
  const journal = begun();
  for (const odd of cycles) journal.cycle(odd);
  const [writer, reader] = [new LineCodec(), new LineCodec()];
  const events = journal.events.map((event) => reader.decode(writer.encode(event)));
  const edge = events.find((event) => event.t === 'edge');
  const records: CycleRecord[] = [];
  for (const event of events) {
    const open = records.at(-1);
    if (event.t === 'cycle-started') records.push(newCycleRecord(event, 'boot-1', []));
    else if (open !== undefined) records[records.length - 1] = withEvent(open, event);
  }
  return {
    baseline: { functions: fiveFunctions, driverAfterStop: 'vfio-pci', edge, kernelNoise: new Set() },
    records,
  };
}

function twoGood(): { baseline: CellBaseline; first: CycleRecord; second: CycleRecord } {
  const { baseline, records } = read({}, {});
  const [first, second] = records;
  if (first === undefined || second === undefined) throw new Error('there are no two cycles');
  return { baseline, first, second };
}

/** Its health was not looked at again: what was found before is what is found now. */
const isTakenOver = (now: CycleJudgement, before: CycleJudgement): boolean =>
  now.functions.every(({ departures }, index) => departures === before.functions[index]?.departures);

interface Pair {
  readonly one: CycleRecord;
  readonly other: CycleRecord;
}

/** Judges the other after the one, and says whether it was taken over; whatever it did, it must come to what a look at every byte does. */
function afterAnother(baseline: CellBaseline, { one, other }: Pair, later: CellBaseline = baseline): boolean {
  const judge = new CycleJudge();
  const before = judge.judge(baseline, one);
  const now = judge.judge(later, other);
  expect(before).toEqual(judgeCycle(baseline, one));
  expect(now).toStrictEqual(judgeCycle(later, other));
  return isTakenOver(now, before);
}

type Edit = (record: CycleRecord) => CycleRecord;
const stamp = { n: 77, at: 77 };
const inEdge =
  (name: 'before' | 'running' | 'after', edit: Partial<NonNullable<CycleRecord['edges']['after']>>): Edit =>
  (record) => {
    const edge = record.edges[name];
    return edge === undefined ? record : { ...record, edges: { ...record.edges, [name]: { ...edge, ...edit } } };
  };
const withoutEdge =
  (name: 'before' | 'running' | 'after'): Edit =>
  (record) => ({ ...record, edges: { ...record.edges, [name]: undefined } });
const inAct =
  (act: 'vm-start' | 'vm-stop', edit: Partial<NonNullable<CycleRecord['acts']['vm-start']>>): Edit =>
  (record) => {
    const done = record.acts[act];
    return done === undefined ? record : { ...record, acts: { ...record.acts, [act]: { ...done, ...edit } } };
  };
function withoutAct(act: 'vm-start' | 'vm-stop'): Edit {
  return (record) => ({
    ...record,
    acts: Object.fromEntries(Object.entries(record.acts).filter(([name]) => name !== act)),
  });
}
const isComplete = (complete: boolean): Edit => {
  return (record) => ({ ...record, finished: { ...stamp, t: 'cycle-finished', cycle: record.cycle, complete } });
};
const holder = { pid: 7, command: 'nvtop', file: '/dev/vfio/9' };
const heldBy = (address: typeof usb) => ({ holders: [{ ...holder, functions: [address] }] });
const unwatched = addressOf('0000:7f:00.0');

/** What was said in a cycle beside what every cycle has. */
const remarks: Readonly<Record<string, Edit>> = {
  'the kernel accused a function': (record) => ({
    ...record,
    kernel: [{ symptom: 'reset-failed', device: usb, text: 'not ready', n: 77 }],
  }),
  'the lab was lost': (record) => ({
    ...record,
    labLosses: [{ ...stamp, t: 'lab-lost', code: 'X', message: 'silence' }],
  }),
  'the host rebooted': (record) => ({ ...record, reboot: { from: 'boot-1', to: 'boot-2', n: 77 } }),
  'the host had to be switched off': (record) => ({ ...record, wedged: { ...stamp, t: 'host-wedged', why: 'silent' } }),
  'the kernel told of a hang': (record) => ({
    ...record,
    hang: { ...stamp, t: 'kernel', seq: 1, level: 3, usec: 1, text: 'blocked for more than 120 seconds' },
  }),
  'the VM ended by itself': (record) => ({ ...record, vmGone: { ...stamp, t: 'vm-gone', cycle: record.cycle } }),
  'the guest told': (record) => ({
    ...record,
    guest: { ...stamp, t: 'guest-proof', cycle: record.cycle, answeredMs: 9, asked: 2 },
  }),
  'the VM had to be killed': (record) => ({
    ...record,
    stopped: { ...stamp, t: 'stop-done', step: 'kill', cycle: record.cycle, standing: 'gone', durationMs: 1 },
  }),
  'it was broken off': isComplete(false),
  'it never ended': (record) => ({ ...record, finished: undefined }),
};

/** What a cycle can show else than another one. */
const differences: Readonly<Record<string, Edit>> = {
  'its boot': (record) => ({ ...record, bootId: 'boot-2' }),
  'the health before the start': inEdge('before', { functions: new Map() }),
  'the health while the VM ran': inEdge('running', { functions: new Map() }),
  'the health after the stop': inEdge('after', { functions: new Map() }),
  'the boot in which it was read': inEdge('after', { bootId: 'boot-2' }),
  'nobody looked before the start': withoutEdge('before'),
  'nobody looked while the VM ran': withoutEdge('running'),
  'nobody looked after the stop': withoutEdge('after'),
  'a watched function is held before the start': inEdge('before', heldBy(chipsetUsb)),
  'another function is held after the stop': inEdge('after', heldBy(unwatched)),
  'the start failed': inAct('vm-start', { ok: false }),
  'the exit code of the start': inAct('vm-start', { exitCode: 1 }),
  'what was said at the start': inAct('vm-start', { output: `vfio ${usb}: stuck in D3` }),
  'the stop failed': inAct('vm-stop', { ok: false }),
  'the exit code of the stop': inAct('vm-stop', { exitCode: 1 }),
  'what was said at the stop': inAct('vm-stop', { output: 'trying again' }),
  'there was no start': withoutAct('vm-start'),
  'there was no stop': withoutAct('vm-stop'),
};

describe('a good cycle after one that showed the very same', () => {
  it('is judged like it, as a look at every byte would judge it', () => {
    const { baseline, first, second } = twoGood();
    expect(afterAnother(baseline, { one: first, other: second })).toBe(true);
  });

  it.each<[string, Edit]>([
    ['nobody looked before the start', withoutEdge('before')],
    ['nobody holds anything', inEdge('after', { holders: [] })],
  ])('is so where in both %s', (_what, edit) => {
    const { baseline, first, second } = twoGood();
    expect(afterAnother(baseline, { one: edit(first), other: edit(second) })).toBe(true);
  });

  it('has its own number and time, and none that is negative where the clock was set back', () => {
    const { baseline, first, second } = twoGood();
    const judge = new CycleJudge();
    judge.judge(baseline, first);
    expect(judge.judge(baseline, second)).toMatchObject({
      ...{ cycle: 2, outcome: 'pass', because: 'every function came back', startedAtMs: second.startedAtMs },
      durationMs: second.lastAtMs - second.startedAtMs,
    });
    const setBack = { ...second, lastAtMs: second.startedAtMs - 1000 };
    expect(judge.judge(baseline, setBack).durationMs).toBe(0);
    expect(afterAnother(baseline, { one: first, other: setBack })).toBe(true);
  });

  it('is still judged like it where an odd one came between', () => {
    const { baseline, first, second } = twoGood();
    const judge = new CycleJudge();
    const good = judge.judge(baseline, first);
    judge.judge(baseline, inAct('vm-start', { ok: false })(second));
    expect(isTakenOver(judge.judge(baseline, second), good)).toBe(true);
  });
});

describe('a cycle is looked at by itself', () => {
  it.each(Object.entries({ ...remarks, ...differences }))(
    'after a good one, where of it alone is told: %s',
    (_what, edit) => {
      const { baseline, first, second } = twoGood();
      expect(afterAnother(baseline, { one: first, other: edit(second) })).toBe(false);
    },
  );

  it.each(Object.entries({ ...remarks, ...differences }))('after one of which alone is told: %s', (_what, edit) => {
    const { baseline, first, second } = twoGood();
    expect(afterAnother(baseline, { one: edit(first), other: second })).toBe(false);
  });

  it.each(Object.entries(remarks))('where of both is told: %s', (_what, edit) => {
    const { baseline, first, second } = twoGood();
    expect(afterAnother(baseline, { one: edit(first), other: edit(second) })).toBe(false);
  });

  it('where both failed alike', () => {
    const { baseline, records } = read(change(usb, dead), change(usb, dead));
    const [one, other] = records;
    if (one === undefined || other === undefined) throw new Error('there are no two cycles');
    expect(afterAnother(baseline, { one, other })).toBe(false);
  });

  it.each<[string, Partial<CellBaseline>]>([
    ['other functions are watched', { functions: fiveFunctions.slice(1) }],
    ['a stop is to leave another driver on them', { driverAfterStop: 'vfio-pci-other' }],
    ['the baseline is another', { edge: undefined }],
  ])('where by now %s', (_what, edit) => {
    const { baseline, first, second } = twoGood();
    expect(afterAnother(baseline, { one: first, other: second }, { ...baseline, ...edit })).toBe(false);
  });
});
