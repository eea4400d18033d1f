import { describe, expect, it } from 'vitest';
import type { JournalEvent, JournalEventBody } from '../journal/events.ts';
import { begun, change, dead, usb } from '../test/judged-journal.ts';
import { RunJudge } from './run-judge.ts';
import type { SyntheticJournal } from './synthetic-journal.ts';

function judgeOf(events: readonly JournalEvent[]): RunJudge {
  const judge = new RunJudge();
  for (const event of events) judge.push(event);
  return judge;
}
const lastCycleOf = (journal: SyntheticJournal) => judgeOf(journal.events).lastCycle;
const started = (cycle: number): JournalEventBody => ({ t: 'cycle-started', cycle });
const lostLab = (cycle: number): JournalEventBody[] => [
  started(cycle),
  { t: 'lab-lost', code: 'SSH_LOST', message: 'silence' },
  { t: 'cycle-finished', cycle, complete: false },
];

describe('what the cycles that are over add up to', () => {
  it('is nothing before a run says what it watches', () => {
    const { cycles, functions } = new RunJudge().tally;
    expect([cycles, functions.size]).toEqual([{ pass: 0, fail: 0, infra: 0, aborted: 0 }, 0]);
  });

  it('leaves out the one that is under way, of which the judgement knows', () => {
    const judge = judgeOf(begun().cycle().append(started(2)).events);
    expect(judge.tally.cycles).toEqual({ pass: 1, fail: 0, infra: 0, aborted: 0 });
    expect(judge.tally.functions.get(usb)?.counts).toMatchObject({ survived: 1, unobserved: 0 });
    expect(judge.result().cycles).toEqual({ pass: 1, fail: 0, infra: 0, aborted: 1 });
    expect(judge.result().failures).toMatchObject([{ cycle: 2, outcome: 'aborted', because: 'the cycle never ended' }]);
  });
});

describe('the last cycle', () => {
  it('is none before the first', () => expect(lastCycleOf(begun())).toBeUndefined());

  it('is the one under way, as one that never ended', () =>
    expect(lastCycleOf(begun().cycle().append(started(2)))).toMatchObject({ cycle: 2, outcome: 'aborted' }));

  it('is the good one after one that was not', () =>
    expect(lastCycleOf(begun().cycle(change(usb, dead)).cycle())).toMatchObject({ cycle: 2, outcome: 'pass' }));

  it('is the one that was not good after good ones', () =>
    expect(lastCycleOf(begun().cycle().cycle(change(usb, dead)))).toMatchObject({ cycle: 2, outcome: 'fail' }));

  it('knows what brought back what it lost', () => {
    const rung: JournalEventBody = { t: 'rung-done', rung: 'rescan', cycle: 1, revived: [usb], durationMs: 1 };
    const last = lastCycleOf(begun().cycle(change(usb, dead)).append(rung));
    expect(last?.functions.find(({ address }) => address === usb)?.recoveredBy).toBe('rescan');
  });

  it('is explained by what the host says after it', () => {
    const journal = begun().append(...lostLab(1));
    expect(lastCycleOf(journal)?.because).toBe('the lab was lost: silence');
    const back: JournalEventBody = { t: 'lab-back', bootId: 'boot-2' };
    expect(lastCycleOf(journal.append(back))?.because).toBe('the host rebooted: boot_id boot-2, was boot-1');
  });

  it('has the resets that were seen in it, and none where nobody could see any', () => {
    const source: JournalEventBody = { t: 'reset-source', source: 'kernel-events' };
    const resets: JournalEventBody = { t: 'resets', cycle: 1, resets: [{ method: 'bus', returned: 0 }], ms: [14] };
    const { events } = begun().cycle();
    const end = events.at(-1);
    if (end === undefined) throw new Error('there is no cycle');
    const seen = begun().append(source, ...events.slice(3, -1), resets, end);
    expect(lastCycleOf(seen)?.resets).toEqual([{ method: 'bus', returned: 0, ms: 14 }]);
    expect(lastCycleOf(begun().cycle())).not.toHaveProperty('resets');
  });
});

describe('a run that somebody took up after its controller died', () => {
  const taken: JournalEventBody = { t: 'run-resumed', comeback: '0.0.0', openCycle: 2 };
  const settled: JournalEventBody = { t: 'settled', cycle: 2, vm: 'stopped', isSameBoot: true };
  const end: JournalEventBody = { t: 'cycle-finished', cycle: 2, complete: false };

  it('lost the cycle that was under way to the lab, which accuses no function', () => {
    const journal = begun().cycle().append(started(2), taken, settled, end);
    const { events } = journal.cycle().finish();
    const judgement = judgeOf(events).result();
    expect(judgement.cycles).toEqual({ pass: 2, fail: 0, infra: 1, aborted: 0 });
    expect(judgement.failures).toMatchObject([
      { cycle: 2, outcome: 'infra', because: 'comeback or its machine died in this cycle' },
    ]);
    const takenUp = events.find(({ t }) => t === 'run-resumed')?.n;
    expect(judgement.failures[0]?.functions.map(({ evidence }) => evidence.at(-1))).toEqual(Array(5).fill(takenUp));
  });

  it('is told from one whose cycle was broken off', () =>
    expect(judgeOf(begun().cycle().append(started(2), end).events).result().failures).toMatchObject([
      { outcome: 'aborted', because: 'the cycle was broken off' },
    ]));

  it('spoils no cycle that came to its end all the same', () => {
    const { events } = begun().cycle();
    const [whole] = events.slice(-1);
    if (whole === undefined) throw new Error('there is no cycle');
    const judge = judgeOf(begun().append(...events.slice(3, -1), taken, whole).events);
    expect(judge.lastCycle?.outcome).toBe('pass');
  });

  it('has not ended yet, whatever was said before', () => {
    const journal = begun().cycle().finish('interrupted');
    expect(judgeOf(journal.events).result().end).toMatchObject({ reason: 'interrupted' });
    expect(judgeOf(journal.append(taken).events).result().end).toBeUndefined();
  });
});
