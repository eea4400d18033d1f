import { describe, expect, it } from 'vitest';
import type { JournalEventBody, RungName } from '../journal/events.ts';
import type { PciAddress } from '../pci/address.ts';
import { begun, change, dead, gpu, judged, usb } from '../test/judged-journal.ts';
import { addressOf } from '../test/known-address.ts';
import type { RunJudgement } from './run-judgement.ts';

const rung = (cycle: number, name: RungName, revived: PciAddress[]): JournalEventBody => ({
  t: 'rung-done',
  rung: name,
  cycle,
  revived,
  durationMs: 1,
});

/** What brought each function of the failed cycles back. */
const recovered = ({ failures }: RunJudgement): (string | undefined)[][] =>
  failures.map(({ functions }) => functions.map(({ recoveredBy }) => recoveredBy));
const nobody = [undefined, undefined, undefined, undefined, undefined];

describe('a function that a step of ours brought back', () => {
  it('stays lost in its cycle, which says what brought it back', () => {
    const run = begun()
      .cycle(change(usb, dead))
      .cycle(change(usb, dead))
      .append(rung(2, 'restore-bridge', [usb]));
    const judgement = judged(run.finish().events);
    expect(recovered(judgement)).toEqual([nobody, [undefined, undefined, 'restore-bridge', undefined, undefined]]);
    expect(judgement.failures[1]?.functions[2]).toMatchObject({ address: usb, verdict: 'lost' });
    expect(judgement.cycles).toEqual({ pass: 0, fail: 2, infra: 0, aborted: 0 });
    expect(judgement.functions.get(usb)?.counts.lost).toBe(2);
  });

  it('is counted by step', () => {
    const run = begun()
      .cycle(change(usb, dead))
      .append(rung(1, 'restore-bridge', [usb]))
      .cycle(change(usb, dead))
      .append(rung(2, 'restore-bridge', [usb, gpu]));
    const { functions } = judged(run.finish().events);
    expect(functions.get(usb)?.recoveries).toEqual({ 'restore-bridge': 2 });
    expect(functions.get(gpu)?.recoveries).toEqual({ 'restore-bridge': 1 });
  });

  it('is of no cycle but the last that did not pass', () => {
    const run = begun()
      .cycle(change(usb, dead))
      .cycle()
      .append(rung(2, 'restore-bridge', [usb]));
    const judgement = judged(run.finish().events);
    expect(recovered(judgement)).toEqual([nobody]);
    expect(judgement.functions.get(usb)?.recoveries).toEqual({ 'restore-bridge': 1 });
  });

  it('is nobody where no cycle failed, or where nobody watches it', () => {
    const run = begun().append(rung(1, 'restore-bridge', [addressOf('0000:7f:00.0')]));
    const judgement = judged(run.cycle().finish().events);
    expect(judgement.failures).toEqual([]);
    expect(judgement.functions.size).toBe(5);
    expect(judgement.outcome).toBe('pass');
  });
});
