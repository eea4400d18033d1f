import { describe, expect, it } from 'vitest';
import type { JournalEvent, JournalEventBody } from '../journal/events.ts';
import { begun, change, dead, fiveFunctions, gpu, healthyPort, usb } from '../test/judged-journal.ts';
import { addressOf } from '../test/known-address.ts';
import { type JudgeCounts, judgeCounts } from './judge-counts.ts';
import { RunJudge } from './run-judge.ts';
import type { SyntheticJournal } from './synthetic-journal.ts';

const faultOf = (address: string): string =>
  `AMD-Vi: Event logged [IO_PAGE_FAULT device=${address.slice(5)} domain=0x000e address=0xfd3c0000 flags=0x0020]`;
const back: JournalEventBody = { t: 'lab-back', bootId: 'boot-2' };
const lostLab: JournalEventBody = { t: 'lab-lost', code: 'SSH_LOST', message: 'silence' };

function judgeOf(events: readonly JournalEvent[]): RunJudge {
  const judge = new RunJudge();
  for (const event of events) judge.push(event);
  return judge;
}
const countsOf = (journal: SyntheticJournal): JudgeCounts | undefined => judgeOf(journal.events).counts;

/** A judge that knows of the events before only what a checkpoint keeps: who the run is, and what was counted. */
function goingOn(before: readonly JournalEvent[], counts: JudgeCounts): RunJudge {
  const isFact = (event: JournalEvent): boolean =>
    event.t === 'run-started' || event.t === 'cell-started' || (event.t === 'edge' && event.edge === 'baseline');
  const judge = judgeOf(before.filter(isFact));
  judge.goOn(judgeCounts.parse(JSON.parse(JSON.stringify(counts))));
  return judge;
}

/** What stands in a summary of a run and does not ask how its cycles went one by one. */
function totalsOf(judge: RunJudge): object {
  const { outcome, cycles, functions, hostReboots, bootId } = judge.result();
  const totals = [...functions].map(([address, { role, counts, exercised, trials }]) => ({
    ...{ address, role, counts, exercised, trials },
  }));
  return { outcome, cycles, hostReboots, bootId, totals };
}

describe('what a judge has counted', () => {
  it('is all noughts before the first cycle', () => {
    const counts = countsOf(begun());
    expect(counts).toMatchObject({
      ...{ cycles: { pass: 0, fail: 0, infra: 0, aborted: 0 }, kernelNoise: [], hostReboots: 0, rebootsCounted: 0 },
      bootId: 'boot-1',
    });
    expect(counts?.functions.map(({ address }) => address)).toEqual(fiveFunctions.map(({ address }) => address));
    expect(new Set(counts?.functions.map(({ exercised }) => exercised))).toEqual(new Set([0]));
  });

  it('is of cycles, of each function, of reboots, and of what the kernel says anyway', () => {
    const journal = begun().kernel(faultOf(gpu)).cycle().cycle(change(usb, dead));
    const counts = countsOf(journal.append(back).cycle({ reboot: { from: 'before', bootId: 'boot-2' } }));
    expect(counts).toMatchObject({
      ...{ cycles: { pass: 2, fail: 1, infra: 0, aborted: 0 }, hostReboots: 1, rebootsCounted: 1, bootId: 'boot-2' },
      kernelNoise: [expect.stringMatching(/^iommu-fault 0000:2b:00\.0 /)],
    });
    const usbCounts = counts?.functions.find(({ address }) => address === usb);
    expect(usbCounts).toMatchObject({
      ...{ counts: { survived: 2, degraded: 0, lost: 1, unobserved: 0 }, exercised: 3 },
      trials: { asItWas: { trials: 3, failures: 1 }, usable: { failures: 1 } },
    });
  });

  it('has no boot where none was ever seen', () =>
    expect(judgeOf(begun().events.slice(0, 1)).counts).not.toHaveProperty('bootId'));

  it.each<[string, SyntheticJournal]>([
    ['while a cycle is under way', begun().cycle().append({ t: 'cycle-started', cycle: 2 })],
    [
      'while what the host says next may explain the cycle before',
      begun().append({ t: 'cycle-started', cycle: 1 }, lostLab, { t: 'cycle-finished', cycle: 1, complete: false }),
    ],
    ['while what the kernel said waits for the next cycle', begun().cycle().kernel(faultOf(usb))],
  ])('is not told %s', (_what, journal) => expect(countsOf(journal)).toBeUndefined());

  it.each<[string, SyntheticJournal]>([
    ['once the cycle is over', begun().cycle()],
    [
      'once the cycle after the unexplained one is',
      begun()
        .cycle({ wedge: { why: 'x', bootIdAfter: 'b' } })
        .cycle(),
    ],
    ['once what the kernel said is of a cycle that is over', begun().cycle().kernel(faultOf(usb)).cycle()],
    ['where the kernel accused nobody', begun().cycle().kernel('eth0: link is up')],
  ])('is told %s', (_what, journal) => expect(countsOf(journal)).toBeDefined());
});

describe('who goes on with what was counted', () => {
  const story = begun(8)
    .kernel(faultOf(gpu))
    .cycle()
    .cycle({ ...change(usb, dead), kernel: [faultOf(usb)] })
    .append({ t: 'rung-done', rung: 'rescan', cycle: 2, revived: [usb], durationMs: 1 })
    .cycle({ kernel: [faultOf(gpu)] })
    .append(back)
    .cycle({ reboot: { from: 'before', bootId: 'boot-2' } })
    .kernel(`pcieport ${healthyPort.address}: not ready 65535ms after bus reset; giving up`)
    .cycle()
    .cycle({ wedge: { why: 'silent', bootIdAfter: 'boot-3' } })
    .cycle(change(usb, { linkWidth: 8 }))
    .finish().events;
  const splits = story
    .map((_event, index) => index + 1)
    .filter((length) => length >= 3 && judgeOf(story.slice(0, length)).counts !== undefined);

  it('comes to what the whole journal comes to, wherever the checkpoint was', () => {
    expect(splits.length).toBeGreaterThan(8);
    for (const length of splits) {
      const before = story.slice(0, length);
      const { counts } = judgeOf(before);
      if (counts === undefined) throw new Error('there is no checkpoint here');
      const judge = goingOn(before, counts);
      expect(judge.counts).toEqual(counts);
      for (const event of story.slice(length)) judge.push(event);
      expect(totalsOf(judge)).toEqual(totalsOf(judgeOf(story)));
      expect(judge.counts).toEqual(judgeOf(story).counts);
    }
  });

  it('takes what the kernel says next for no noise, for cycles went before', () => {
    const before = begun().cycle();
    const counts = countsOf(before);
    if (counts === undefined) throw new Error('there is nothing counted');
    const judge = goingOn(before.events, counts);
    const { events } = begun().cycle().kernel(faultOf(usb)).cycle().finish();
    for (const event of events.slice(before.events.length)) judge.push(event);
    expect(judge.result()).toMatchObject({ outcome: 'fail', cycles: { pass: 1, fail: 1 } });
  });

  it('begins at nought with a function that nothing was counted of, and has none that the run does not watch', () => {
    const { events } = begun();
    const counts = countsOf(begun().cycle());
    if (counts === undefined) throw new Error('there is nothing counted');
    const stranger = addressOf('0000:7f:00.0');
    const functions = counts.functions.map((of) => (of.address === usb ? { ...of, address: stranger } : of));
    const { functions: totals } = goingOn(events, { ...counts, functions }).result();
    expect([...totals.keys()]).toEqual(fiveFunctions.map(({ address }) => address));
    expect(totals.get(gpu)).toMatchObject({ role: 'gpu', counts: { survived: 1 }, exercised: 1 });
    expect(totals.get(usb)).toEqual(judgeOf(events).result().functions.get(usb));
  });
});

describe('counts as a file gives them', () => {
  const counts = countsOf(begun().cycle());
  it.each<[string, object]>([
    ['a cycle less than none', { cycles: { pass: -1, fail: 0, infra: 0, aborted: 0 } }],
    ['half a reboot', { hostReboots: 0.5 }],
    ['outcomes that nobody knows', { cycles: { pass: 1, fail: 0, infra: 0, aborted: 0, maybe: 1 } }],
    ['no functions', { functions: undefined }],
    ['a function without its counts', { functions: [{ address: usb }] }],
    ['something unknown', { more: 1 }],
  ])('are not believed with %s', (_what, change) => {
    expect(judgeCounts.safeParse(counts).success).toBe(true);
    expect(judgeCounts.safeParse({ ...counts, ...change }).success).toBe(false);
  });
});
