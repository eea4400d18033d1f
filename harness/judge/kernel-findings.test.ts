import { describe, expect, it } from 'vitest';
import type { JournalEvent, JournalEventBody } from '../journal/events.ts';
import type { PciAddress } from '../pci/address.ts';
import {
  begun,
  change,
  countsOf,
  dead,
  failedStart,
  fiveFunctions,
  gpu,
  gpuAudio,
  healthy,
  healthyPort,
  judged,
  oddCycle,
  othersThan,
  tally,
  usb,
} from '../test/judged-journal.ts';
import { addressOf } from '../test/known-address.ts';
import type { RunJudgement } from './run-judgement.ts';
import { SyntheticJournal } from './synthetic-journal.ts';

const usbPort = addressOf('0000:00:07.1');
/** As the board has it: the GPU and its audio below one port, the USB controller below another. */
const board = fiveFunctions.map((one) =>
  one.address === usb ? { ...one, health: healthy({ bridge: { ...healthyPort, address: usbPort } }) } : one,
);
const onBoard = (): SyntheticJournal => new SyntheticJournal(board).begin();

const fault = (device: string, address = '0xfd3c0000'): string =>
  `AMD-Vi: Event logged [IO_PAGE_FAULT device=${device.slice(5)} domain=0x000e address=${address} flags=0x0020]`;
const uncorrected = (source: string): string =>
  `pcieport 0000:00:07.1: AER: Uncorrected (Non-Fatal) error message received from ${source}`;
const gaveUp = (device: string): string => `vfio-pci ${device}: not ready 65535ms after bus reset; giving up`;

const symptomsIn = (judgement: RunJudgement, cycle: number, address: PciAddress): string[] | undefined =>
  judgement.failures
    .find((failure) => failure.cycle === cycle)
    ?.functions.find((verdict) => verdict.address === address)
    ?.departures.map(({ symptom }) => symptom);

const cycles = { pass: 0, fail: 0, infra: 0, aborted: 0 };

describe('what the kernel says of a function in a cycle', () => {
  it.each([
    ['iommu-fault', fault(usb)],
    ['aer-uncorrectable', uncorrected(usb)],
    ['reset-failed', gaveUp(usb)],
  ])('makes one that is alive afterwards degraded, and names %s', (symptom, line) => {
    const judgement = oddCycle({ kernel: [line] });
    expect(judgement.outcome).toBe('fail');
    expect(countsOf(judgement, usb)).toEqual(tally(2, 1, 0, 0));
    expect(othersThan(judgement, usb)).toEqual(Array(4).fill(tally(3, 0, 0, 0)));
    expect(symptomsIn(judgement, 2, usb)).toEqual([symptom]);
    expect(judgement.failures[0]?.because).toBe(`${usb} degraded, ${symptom}: the kernel said "${line}"`);
  });

  it('leaves the name of a loss to the health of the function, and stands beside it as evidence', () => {
    const journal = begun()
      .cycle({ ...change(usb, dead), kernel: [fault(usb), gaveUp(usb)] })
      .finish();
    const judgement = judged(journal.events);
    const lost = judgement.failures[0]?.functions.find(({ address }) => address === usb);
    expect(lost?.verdict).toBe('lost');
    expect(lost?.because).toMatch(/^config-dead: /);
    expect(lost?.departures.map(({ symptom }) => symptom)).toEqual(['config-dead', 'iommu-fault', 'reset-failed']);
    const said = journal.events.filter(({ t }) => t === 'kernel').map(({ n }) => n);
    expect(lost?.evidence).toEqual(expect.arrayContaining(said));
  });

  it('of a port concerns every function below it, and none below another', () => {
    const judgement = judged(
      onBoard()
        .cycle({ kernel: [gaveUp(healthyPort.address)] })
        .finish().events,
    );
    expect(symptomsIn(judgement, 1, gpu)).toEqual(['reset-failed']);
    expect(symptomsIn(judgement, 1, gpuAudio)).toEqual(['reset-failed']);
    expect(symptomsIn(judgement, 1, usb)).toEqual([]);
  });

  it('after a cycle whose end nobody saw may be about that cycle, and accuses nobody in the next', () => {
    const broken = begun().cycle();
    broken.append(
      { t: 'cycle-started', cycle: 2 },
      { t: 'lab-lost', code: 'SSH_CONNECTION_LOST', message: 'gone' },
      { t: 'cycle-finished', cycle: 2, complete: false },
    );
    const next = new SyntheticJournal(fiveFunctions).begin().cycle().cycle().cycle().events;
    const third = next.slice(next.findIndex((event) => event.t === 'cycle-started' && event.cycle === 3));
    const judgement = judged(
      broken
        .kernel(fault(usb))
        .append(...third)
        .finish().events,
    );
    expect(judgement.cycles).toEqual({ pass: 2, fail: 0, infra: 1, aborted: 0 });
    expect(countsOf(judgement, usb)).toEqual(tally(2, 0, 0, 1));
  });

  it('of two functions names each', () => {
    const judgement = judged(
      onBoard()
        .cycle({ kernel: [fault(gpu), uncorrected(usb)] })
        .finish().events,
    );
    expect(symptomsIn(judgement, 1, gpu)).toEqual(['iommu-fault']);
    expect(symptomsIn(judgement, 1, gpuAudio)).toEqual([]);
    expect(symptomsIn(judgement, 1, usb)).toEqual(['aer-uncorrectable']);
  });

  it('is named once, however often it is said', () => {
    const lines = Array.from({ length: 50 }, (_, index) => fault(usb, `0x${String(index)}000`));
    expect(symptomsIn(oddCycle({ kernel: lines }), 2, usb)).toEqual(['iommu-fault']);
  });

  it('is shown by the first event that holds it, however often it is said', () => {
    const { events } = begun()
      .cycle({ kernel: [fault(usb, '0x1000'), fault(usb, '0x22000'), fault(usb, '0xfd3c0000'), uncorrected(usb)] })
      .finish();
    const said = events.filter(({ t }) => t === 'kernel').map(({ n }) => n);
    const bad = judged(events).failures[0]?.functions.find(({ address }) => address === usb);
    expect(bad?.evidence.filter((n) => said.includes(n))).toEqual([said[0], said[3]]);
  });

  it('of nobody accuses nobody, not even a function below no port', () => {
    const functions = fiveFunctions.map((one) => ({ ...one, health: healthy({ bridge: null }) }));
    const journal = new SyntheticJournal(functions).begin();
    expect(
      judged(journal.cycle({ kernel: [`vfio-pci ${usb}: reset done`, 'usb 1-1: reset'] }).finish().events).outcome,
    ).toBe('pass');
    expect(
      judged(
        new SyntheticJournal(functions)
          .begin()
          .cycle({ kernel: [fault(usb)] })
          .finish().events,
      ).outcome,
    ).toBe('fail');
  });

  it('of a function that nobody watches is nothing to the run', () =>
    expect(oddCycle({ kernel: [fault('0000:2d:00.2'), gaveUp('0000:00:01.3')] }).outcome).toBe('pass'));

  it('counts where the VM did not start, too', () =>
    expect(symptomsIn(oddCycle({ ...failedStart('got timeout'), kernel: [fault(usb)] }), 2, usb)).toEqual([
      'iommu-fault',
    ]));
});

describe('what the kernel says outside a cycle', () => {
  it('before the first one is the noise of the board, and accuses nobody in a cycle either', () => {
    const journal = begun()
      .kernel(fault(usb, '0x1000'))
      .cycle({ kernel: [fault(usb, '0x2fff')] });
    expect(judged(journal.cycle().finish().events)).toMatchObject({ outcome: 'pass', cycles: { ...cycles, pass: 2 } });
  });

  it('before the first one excuses neither another function nor another kind of fault', () => {
    const journal = begun()
      .kernel(fault(usb))
      .cycle({ kernel: [fault(gpu), uncorrected(usb)] });
    const judgement = judged(journal.finish().events);
    expect(symptomsIn(judgement, 1, gpu)).toEqual(['iommu-fault']);
    expect(symptomsIn(judgement, 1, usb)).toEqual(['aer-uncorrectable']);
  });

  it('before the first one excuses the same words with other numbers, and no other words', () => {
    const waited = (ms: number, after: string): string =>
      `vfio-pci ${usb}: not ready ${ms}ms after ${after}; giving up`;
    const noisy = (): SyntheticJournal => begun().kernel(waited(999, 'FLR'));
    expect(
      judged(
        noisy()
          .cycle({ kernel: [waited(65535, 'FLR')] })
          .finish().events,
      ).outcome,
    ).toBe('pass');
    expect(
      judged(
        noisy()
          .cycle({ kernel: [waited(999, 'bus reset')] })
          .finish().events,
      ).outcome,
    ).toBe('fail');
  });

  it('says nothing of what it does not accuse, before the first one and between two', () => {
    const harmless = `vfio-pci ${usb}: reset done`;
    const journal = begun().kernel(harmless).cycle().kernel(harmless).cycle();
    expect(judged(journal.finish().events)).toMatchObject({ outcome: 'pass', cycles: { ...cycles, pass: 2 } });
  });

  it('between two belongs to the second: it did not begin from the baseline', () => {
    const judgement = judged(begun().cycle().kernel(fault(usb)).cycle().cycle().finish().events);
    expect(judgement.cycles).toEqual({ ...cycles, pass: 2, fail: 1 });
    expect(symptomsIn(judgement, 2, usb)).toEqual(['iommu-fault']);
  });

  it('while a lost function is brought back is about the cycle that lost it, which is judged already', () => {
    const journal = begun().cycle(change(usb, dead)).kernel(uncorrected(usb));
    const rung: JournalEventBody = { t: 'rung-done', rung: 'restore-bridge', cycle: 1, revived: [usb], durationMs: 1 };
    expect(
      judged(
        journal
          .append({ ...rung, revived: [usb] })
          .cycle()
          .finish().events,
      ).cycles,
    ).toEqual({
      ...cycles,
      pass: 1,
      fail: 1,
    });
  });

  it('in an earlier boot is forgotten with it', () => {
    const journal = begun().cycle().kernel(fault(usb));
    const again: JournalEventBody = { t: 'lab-back', bootId: 'boot-2' };
    expect(
      judged(journal.append(again).append({ t: 'lab-back', bootId: 'boot-1' }).cycle().finish().events),
    ).toMatchObject({ outcome: 'pass' });
  });

  it('as a mere count of what was said in a cycle is no news', () => {
    const journal = begun().cycle({ kernel: [fault(usb)] });
    const said = journal.events.find((event) => event.t === 'kernel');
    if (said?.t !== 'kernel') throw new Error('nothing was said');
    const { seq, level, usec, text } = said;
    journal.append({ t: 'kernel', seq, level, usec, text, repeats: 7 });
    expect(judged(journal.cycle().finish().events).cycles).toEqual({ ...cycles, pass: 1, fail: 1 });
  });
});

describe('a kernel that tells of a hang', () => {
  const hung = 'INFO: task kvm:812 blocked for more than 120 seconds.';
  const lostCycle = (line: string): JournalEvent[] =>
    begun()
      .append({ t: 'cycle-started', cycle: 1 })
      .kernel(line)
      .append(
        { t: 'lab-lost', code: 'DEADLINE', message: 'Waited 60 s for VM 100 in vain.' },
        { t: 'cycle-finished', cycle: 1, complete: false },
      )
      .finish('infra').events;

  it('explains a lab that is lost after it', () => {
    const judgement = judged(lostCycle(hung));
    expect(symptomsIn(judgement, 1, gpu)).toEqual(['host-wedged']);
    expect(judgement.failures[0]?.because).toMatch(/^the host was wedged: its kernel said "INFO: task kvm:812 blocked/);
  });

  it('and gets over it has not hung', () => expect(oddCycle({ kernel: [hung] }).outcome).toBe('pass'));

  it('is told from one that only warns', () =>
    expect(symptomsIn(judged(lostCycle('usb 1-1: device descriptor read/64, error -71')), 1, gpu)).toEqual([]));
});
