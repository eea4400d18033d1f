import { describe, expect, it } from 'vitest';
import { begun, change, dead, gpu, judged, usb } from '../test/judged-journal.ts';
import type { SyntheticCycle } from './synthetic-journal.ts';

const proof = (guest: Partial<NonNullable<SyntheticCycle['guest']>>): SyntheticCycle => ({
  guest: { answeredMs: 40_000, asked: 2, ...guest },
});
const missing = { address: usb, symptom: 'guest-missing', reading: 'the guest lists no 1022:145f' } as const;
const unusable = { address: gpu, symptom: 'guest-unusable', reading: 'no driver is bound to it' } as const;

describe('a guest', () => {
  it('that has everything spoils nothing', () =>
    expect(judged(begun().cycle(proof({})).finish().events).outcome).toBe('pass'));

  it('that lacks a function convicts this one and no other', () => {
    const { outcome, failures } = judged(
      begun()
        .cycle(proof({ findings: [missing, unusable] }))
        .finish().events,
    );
    expect(outcome).toBe('fail');
    const told = failures[0]?.functions.filter(({ verdict }) => verdict !== 'survived');
    expect(told).toMatchObject([
      { address: gpu, verdict: 'lost', because: 'guest-unusable: no driver is bound to it' },
      { address: usb, verdict: 'lost', because: 'guest-missing: the guest lists no 1022:145f' },
    ]);
    expect(told?.map(({ departures }) => departures)).toEqual([
      [{ symptom: 'guest-unusable', reading: unusable.reading }],
      [{ symptom: 'guest-missing', reading: missing.reading }],
    ]);
  });

  it('that proved nothing accuses nobody, whatever it found', () =>
    expect(
      judged(
        begun()
          .cycle(proof({ findings: [missing], notProven: 'no agent' }))
          .finish().events,
      ).outcome,
    ).toBe('pass'));

  it('stands in the evidence of a cycle, where it told', () => {
    const evidenceOf = (guest: SyntheticCycle): (readonly number[])[] => {
      const { events } = begun()
        .cycle({ ...guest, ...change(usb, dead) })
        .finish();
      const said = events.find(({ t }) => t === 'guest-proof')?.n;
      const [failure] = judged(events).failures;
      return failure?.functions.map(({ evidence }) => evidence.filter((n) => n === said)) ?? [];
    };
    expect(evidenceOf(proof({})).map(({ length }) => length)).toEqual([1, 1, 1, 1, 1]);
    expect(evidenceOf(proof({ notProven: 'no agent' })).map(({ length }) => length)).toEqual([0, 0, 0, 0, 0]);
  });
});

describe('the guests of a run', () => {
  it('are none where none was asked', () => expect(judged(begun().cycle().finish().events).guest).toBeUndefined());

  it.each<[string, Partial<NonNullable<SyntheticCycle['guest']>>[], object]>([
    ['proves', [{ answeredMs: 9 }], { proven: 1, notProven: 0, why: undefined, slowestMs: 9 }],
    [
      'never answers',
      [{ answeredMs: null, notProven: 'no agent' }],
      { proven: 0, notProven: 1, why: 'no agent', slowestMs: undefined },
    ],
    [
      'answers in time, late, and then no more',
      [{ answeredMs: 30 }, { answeredMs: 50 }, { answeredMs: 40 }, { answeredMs: null, notProven: 'no agent' }],
      { proven: 3, notProven: 1, why: 'no agent', slowestMs: 50 },
    ],
    [
      'says two reasons',
      [{ answeredMs: 30, notProven: 'busy' }, { answeredMs: null, notProven: 'no agent' }, { answeredMs: 20 }],
      { proven: 1, notProven: 2, why: 'no agent', slowestMs: 30 },
    ],
  ])('add up where one %s', (_what, guests, totals) => {
    const journal = begun();
    for (const guest of guests) journal.cycle(proof(guest));
    expect(judged(journal.finish().events).guest).toEqual(totals);
  });
});
