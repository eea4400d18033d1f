import { describe, expect, it } from 'vitest';
import type { JournalEventBody } from '../journal/events.ts';
import { allCounts, begun, change, fiveTimes, judged, oddCycle, tally, usb } from '../test/judged-journal.ts';
import type { RunJudgement } from './run-judge.ts';

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
