import { describe, expect, it } from 'vitest';
import type { JournalEventBody } from '../journal/events.ts';
import { allCounts, begun, change, fiveTimes, judged, oddCycle, tally, usb } from '../test/judged-journal.ts';
import type { RunJudgement } from './run-judgement.ts';

describe('a host that rebooted', () => {
  const symptomsOf = (judgement: RunJudgement, index: number) =>
    judgement.failures[index]?.functions.map(({ departures }) => departures.map(({ symptom }) => symptom));

  it('in a cycle is named on every function, proves nothing against any, and is counted once', () => {
    const judgement = oddCycle({ reboot: { from: 'after', bootId: 'boot-2' } });
    expect(judgement).toMatchObject({ outcome: 'infra', hostReboots: 1, bootId: 'boot-2' });
    expect(judgement.cycles).toEqual({ pass: 2, fail: 0, infra: 1, aborted: 0 });
    expect(allCounts(judgement)).toEqual(fiveTimes(tally(2, 0, 0, 1)));
    expect(symptomsOf(judgement, 0)).toEqual(fiveTimes(['host-rebooted']));
    expect(judgement.failures[0]?.because).toMatch(/boot_id boot-2, was boot-1/);
  });

  it('does not charge the state of the new boot to a function', () => {
    const judgement = oddCycle({
      reboot: { from: 'after', bootId: 'boot-2' },
      ...change(usb, { driver: 'xhci_hcd', group: 3 }),
    });
    expect(symptomsOf(judgement, 0)).toEqual(fiveTimes(['host-rebooted']));
  });

  it('after the lab was lost is named on the lost cycle, once its boot_id tells', () => {
    const lostCycle: JournalEventBody[] = [
      { t: 'cycle-started', cycle: 2 },
      { t: 'intent', act: 'vm-start', cycle: 2 },
      { t: 'lab-lost', code: 'SSH_LOST', message: 'silence' },
      { t: 'cycle-finished', cycle: 2, complete: false },
    ];
    const journal = begun()
      .cycle()
      .append(...lostCycle);
    expect(symptomsOf(judged(journal.events), 0)).toEqual(fiveTimes([]));
    const judgement = judged(journal.append({ t: 'lab-back', bootId: 'boot-2' }).finish('infra').events);
    expect(judgement).toMatchObject({ outcome: 'infra', hostReboots: 1 });
    expect(judgement.cycles).toEqual({ pass: 1, fail: 0, infra: 1, aborted: 0 });
    expect(allCounts(judgement)).toEqual(fiveTimes(tally(1, 0, 0, 1)));
    expect(symptomsOf(judgement, 0)).toEqual(fiveTimes(['host-rebooted']));
  });

  it('within one boot is only lost for a while', () => {
    const judgement = judged(
      begun()
        .append(
          { t: 'cycle-started', cycle: 1 },
          { t: 'lab-lost', code: 'SSH_LOST', message: 'silence' },
          { t: 'cycle-finished', cycle: 1, complete: false },
          { t: 'lab-back', bootId: 'boot-1' },
        )
        .finish().events,
    );
    expect(judgement.hostReboots).toBe(0);
    expect(judgement.failures[0]?.because).toMatch(/the lab was lost: silence/);
  });

  it('after a cycle that failed takes nothing back', () => {
    const journal = begun().cycle(change(usb, { linkWidth: 8 }));
    const judgement = judged(journal.append({ t: 'lab-back', bootId: 'boot-2' }).finish('infra').events);
    expect(judgement).toMatchObject({ outcome: 'fail', hostReboots: 1, cycles: { fail: 1, infra: 0 } });
    expect(judgement.failures[0]?.outcome).toBe('fail');
  });

  it('twice in one cycle is named by the first of the two', () => {
    const judgement = judged(
      begun()
        .append(
          { t: 'cycle-started', cycle: 1 },
          { t: 'lab-back', bootId: 'boot-2' },
          { t: 'lab-back', bootId: 'boot-3' },
          { t: 'cycle-finished', cycle: 1, complete: false },
        )
        .finish('infra').events,
    );
    expect(judgement.hostReboots).toBe(2);
    expect(judgement.failures[0]?.because).toBe('the host rebooted: boot_id boot-2, was boot-1');
  });

  it('in a cycle before which nobody knew its boot is told from the boots within', () => {
    const { events } = begun()
      .cycle({ reboot: { from: 'after', bootId: 'boot-2' } })
      .finish();
    const blind = events.filter(
      (event) => event.t !== 'cell-started' && !(event.t === 'edge' && event.edge === 'baseline'),
    );
    expect(judged(blind).failures[0]?.because).toBe('the host rebooted: boot_id boot-2, was boot-1');
  });

  it('twice is counted twice, and cycles of the boots between are good again', () => {
    const judgement = judged(
      begun(5)
        .cycle()
        .cycle({ reboot: { from: 'before', bootId: 'boot-2' } })
        .cycle()
        .cycle({ reboot: { from: 'running', bootId: 'boot-3' } })
        .cycle()
        .finish().events,
    );
    expect(judgement).toMatchObject({ hostReboots: 2, bootId: 'boot-3' });
    expect(judgement.cycles).toEqual({ pass: 3, fail: 0, infra: 2, aborted: 0 });
  });
});

describe('a host that had to be switched off', () => {
  const symptomsOf = (judgement: RunJudgement) =>
    judgement.failures.map(({ functions }) => functions[0]?.departures.map(({ symptom }) => symptom));
  const wedge = { why: 'no answer for 60 s', bootIdAfter: 'boot-2' };

  it('is wedged first and rebooted after it, proves nothing against any function, and the run goes on', () => {
    const judgement = oddCycle({ wedge });
    expect(judgement).toMatchObject({ outcome: 'infra', hostReboots: 1, bootId: 'boot-2' });
    expect(judgement.cycles).toEqual({ pass: 2, fail: 0, infra: 1, aborted: 0 });
    expect(allCounts(judgement)).toEqual(fiveTimes(tally(2, 0, 0, 1)));
    expect(symptomsOf(judgement)).toEqual([['host-wedged', 'host-rebooted']]);
    expect(judgement.failures[0]?.because).toBe('the host was wedged: no answer for 60 s');
  });

  it.each([
    [
      ['[   99.1] INFO: task kvm:812 blocked for more than 120 seconds.', '[  100.2] Kernel panic - not syncing: boom'],
      /; its console said "\[ {2}100\.2\] Kernel panic - not syncing: boom"$/,
    ],
    [['(initramfs) '], /its console said "\(initramfs\)"$/],
    [['nothing to see'], /^the host was wedged: no answer for 60 s$/],
  ])('is explained by the line of its console that tells most: %j', (console, because) =>
    expect(oddCycle({ wedge: { ...wedge, console } }).failures[0]?.because).toMatch(because),
  );

  it('is named on the lost cycle, whether that was said within it, after it or after the host was back', () => {
    const wedged: JournalEventBody = { t: 'host-wedged', why: 'silent' };
    const finished: JournalEventBody = { t: 'cycle-finished', cycle: 1, complete: false };
    const back: JournalEventBody = { t: 'lab-back', bootId: 'boot-2' };
    for (const order of [
      [wedged, finished, back],
      [finished, wedged, back],
      [finished, back, wedged],
    ]) {
      const judgement = judged(
        begun()
          .append({ t: 'cycle-started', cycle: 1 }, { t: 'lab-lost', code: 'X', message: 'silence' }, ...order)
          .finish().events,
      );
      expect(symptomsOf(judgement)).toEqual([['host-wedged', 'host-rebooted']]);
      expect(judgement.cycles).toEqual({ pass: 0, fail: 0, infra: 1, aborted: 0 });
    }
  });

  it('between two good cycles spoils neither', () => {
    const journal = begun().cycle().append({ t: 'host-wedged', why: 'silent' });
    expect(judged(journal.cycle().finish().events)).toMatchObject({ cycles: { pass: 2, infra: 0 } });
  });
});
