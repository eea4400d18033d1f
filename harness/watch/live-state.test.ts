import { describe, expect, it } from 'vitest';
import type { JournalEvent } from '../journal/events.ts';
import { begun, dead, change, failedStart, gpu, usb } from '../test/judged-journal.ts';
import { hostileRun, type LiveRunName, liveRuns } from './fixtures/live-runs.ts';
import { viewOf } from './fixtures/view-of.ts';
import { LiveFold } from './live-state.ts';
import type { LiveView } from './live-view.ts';

interface Expected {
  readonly isUnderWay?: boolean;
  readonly standing: LiveView['standing'];
  readonly phase: LiveView['phase']['name'];
  readonly cycle: number;
  readonly outcomes?: Partial<LiveView['outcomes']>;
  readonly timeLeft?: LiveView['timeLeft'];
  readonly usb: string;
}

const periodMs = 12_000;

describe('a run as it is watched', () => {
  it.each<[LiveRunName, Expected]>([
    ['no cycle yet', { standing: 'under-way', phase: 'idle', cycle: 0, usb: '' }],
    ['no cycle yet', { isUnderWay: false, standing: 'died', phase: 'idle', cycle: 0, usb: '' }],
    ['one cycle', { standing: 'over', phase: 'over', cycle: 1, outcomes: { pass: 1 }, usb: '.' }],
    [
      'a hundred good cycles',
      { standing: 'over', phase: 'over', cycle: 100, outcomes: { pass: 100 }, usb: '.'.repeat(100) },
    ],
    [
      'under way, one lost',
      {
        standing: 'under-way',
        phase: 'starting',
        cycle: 38,
        outcomes: { pass: 36, fail: 1 },
        usb: `${'.'.repeat(30)}L......`,
      },
    ],
    [
      'under way, one lost',
      {
        isUnderWay: false,
        standing: 'died',
        phase: 'starting',
        cycle: 38,
        outcomes: { pass: 36, fail: 1 },
        usb: `${'.'.repeat(30)}L......`,
      },
    ],
    ['only failures', { standing: 'over', phase: 'over', cycle: 2, outcomes: { fail: 2 }, usb: 'LL' }],
    ['infra only', { standing: 'lab-failed', phase: 'over', cycle: 2, outcomes: { infra: 2 }, usb: '??' }],
    ['interrupted', { standing: 'interrupted', phase: 'over', cycle: 3, outcomes: { pass: 3 }, usb: '...' }],
    [
      'resumed and under way',
      {
        ...{ standing: 'under-way', phase: 'idle', cycle: 5, outcomes: { pass: 5 }, usb: '.....' },
        // The two cycles since the resume are 12 s apart; 598 good ones prove it (docs/statistics.md).
        timeLeft: { by: 'prove', ms: (598 - 5) * periodMs },
      },
    ],
    ['parked', { standing: 'parked', phase: 'waiting', cycle: 0, usb: '' }],
    ['refused', { standing: 'refused', phase: 'over', cycle: 0, usb: '' }],
    [
      'rebooted and wedged',
      { standing: 'under-way', phase: 'idle', cycle: 3, outcomes: { pass: 1, fail: 1, infra: 1 }, usb: '.?.' },
    ],
  ])('%s', (name, { isUnderWay = true, standing, phase, cycle, outcomes, timeLeft, usb: recent }) => {
    const view = viewOf(liveRuns[name].events, isUnderWay);
    expect(view).toMatchObject({ standing, cycle, phase: { name: phase } });
    expect(view.outcomes).toEqual({ pass: 0, fail: 0, infra: 0, aborted: 0, ...outcomes });
    expect(view.functions.find(({ address }) => address === usb)?.recent).toBe(recent);
    if (timeLeft !== undefined) expect(view.timeLeft).toEqual(timeLeft);
    if (standing !== 'under-way') expect(view.timeLeft).toBeNull();
    expect(JSON.parse(JSON.stringify(view))).toEqual(view);
  });

  it('does not judge the cycle under way', () => {
    const journal = begun(3).cycle().append({ t: 'cycle-started', cycle: 2 });
    const { outcomes, functions, hostReboots } = viewOf(journal.events);
    expect(outcomes).toEqual({ pass: 1, fail: 0, infra: 0, aborted: 0 });
    expect(functions.map(({ counts }) => counts.unobserved)).toEqual([0, 0, 0, 0, 0]);
    expect(hostReboots).toBe(0);
  });

  it('says what a person has to do, until it is done', () => {
    const { events } = liveRuns.parked;
    expect(viewOf(events).waitsFor).toBe('Flash BIOS 5101: EZ Flash, Tool menu.');
    const n = events.length;
    const resumed: JournalEvent[] = [
      { n: n + 1, at: 1, t: 'run-resumed', comeback: '1' },
      { n: n + 2, at: 2, t: 'resumed', bios: '5101', bootId: 'boot-2' },
    ];
    expect(viewOf([...events, ...resumed])).toMatchObject({ waitsFor: null, end: null, standing: 'under-way' });
  });

  it('names the cycles that did not pass, the newest first, and what functions were when last seen', () => {
    const journal = begun(9)
      .cycle(failedStart('got timeout'))
      .cycle(change(usb, dead))
      .cycle(change(gpu, { present: false }));
    const { failures, functions } = viewOf(journal.events);
    expect(failures.map(({ cycle, outcome }) => `${cycle} ${outcome}`)).toEqual(['3 fail', '2 fail', '1 infra']);
    expect(functions.map(({ health }) => health)).toEqual([
      'missing',
      ...Array<string>(3).fill('vfio-pci, D0, x16 8.0 GT/s'),
      'vfio-pci, D0',
    ]);
  });

  it('keeps of the kernel what tells of a fault, counts what comes again, and forgets the oldest', () => {
    const text = (ms: number): string => `vfio-pci ${usb}: not ready ${ms}ms after bus reset; giving up`;
    const journal = begun(9).cycle({
      kernel: [text(1), 'usb 1-1: new high-speed USB device', `vfio-pci ${usb}: enabling device (0000 -> 0002)`],
    });
    journal.append({ t: 'kernel', seq: 1, level: 3, usec: 1, text: text(1), repeats: 41 });
    expect(viewOf(journal.events).kernelLines).toMatchObject([
      { text: text(1), times: 42, class: 'reset-failed', device: usb, cycle: 1 },
    ]);
    for (let ms = 2; ms <= 60; ms += 1) journal.kernel(text(ms));
    const { kernelLines, kernelCounts } = viewOf(journal.events);
    expect(kernelLines.map((line) => line.text)).toEqual(Array.from({ length: 50 }, (_, at) => text(at + 11)));
    expect(kernelCounts).toEqual({ 'reset-failed': 101 });
  });

  it('has nothing in it that could harm a screen, whatever a host says', () => {
    const view = viewOf(hostileRun());
    const texts: string[] = [];
    JSON.stringify(view, (_key, value: unknown) => {
      if (typeof value === 'string') texts.push(value);
      return value;
    });
    expect(texts.filter((text) => /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(text) || text.length > 5000)).toEqual([]);
  });

  it('holds no more of ten thousand good cycles than of two hundred', () => {
    const journal = begun(10_000);
    const fold = new LiveFold();
    for (const event of journal.events.splice(0)) fold.push(event);
    const cycleEvents = journal.cycle().events;
    let size = 0;
    for (let cycle = 1; cycle <= 10_000; cycle += 1) {
      for (const event of cycleEvents) fold.push('cycle' in event ? { ...event, cycle } : event);
      if (cycle === 200) size = JSON.stringify(fold.state()).length;
    }
    expect(fold.state()).toMatchObject({ cycle: 10_000, outcomes: { pass: 10_000 } });
    expect(JSON.stringify(fold.state()).length).toBeLessThan(size + 100);
  });
});
