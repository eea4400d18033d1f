import { describe, expect, it } from 'vitest';
import type { HostIdentity, JournalEvent, JournalEventBody } from '../journal/events.ts';
import { begun, change, dead, fiveFunctions, judged, usb } from '../test/judged-journal.ts';
import { NotARunError } from './errors.ts';
import { RunJudge } from './run-judge.ts';
import type { RunJudgement } from './run-judgement.ts';
import { SyntheticJournal } from './synthetic-journal.ts';

const identity: HostIdentity = {
  hostname: 'elysium',
  bootId: 'boot-1',
  kernel: '6.12.0',
  commandLine: 'amd_iommu=on',
  boardVendor: 'ASUSTeK COMPUTER INC.',
  board: 'ROG CROSSHAIR VII HERO',
  biosVendor: 'American Megatrends Inc.',
  bios: '4603',
  biosDate: '09/13/2021',
  acsOverrideWarning: null,
};
const gate: JournalEventBody = { t: 'gate', gate: 'split', passed: true, findings: [] };
const resumed: JournalEventBody = { t: 'resumed', bios: '2', bootId: 'boot-9' };

/** Judges the events with what an edit makes of each. */
function edited(events: readonly JournalEvent[], edit: (event: JournalEvent) => JournalEventBody[]): RunJudgement {
  return judged(new SyntheticJournal(fiveFunctions).append(...events.flatMap(edit)).events);
}

describe('what a run says of itself', () => {
  it('is told as the journal has it', () => {
    const { events } = begun()
      .append({ t: 'host-identified', identity }, gate, { ...gate, gate: 'idle' })
      .cycle()
      .finish();
    const judgement = judged(events);
    expect(judgement.start).toBe(events[0]);
    expect(judgement.end).toBe(events.at(-1));
    expect(judgement.lastAtMs).toBe(events.at(-1)?.at);
    expect(judgement.cell).toEqual({ bios: '1', kernel: '1', commandLine: '' });
    expect(judgement.identity).toEqual(identity);
    expect(judgement.gates.map(({ gate: name }) => name)).toEqual(['split', 'idle']);
    expect([...judgement.functions.values()].map(({ role }) => role)).toEqual(['gpu', 'audio', 'usb', 'audio', 'usb']);
  });

  it('is not said by a second beginning, which is damage', () => {
    const [start] = begun().events;
    if (start === undefined) throw new Error('there is no beginning');
    const journal = begun().cycle();
    const judgement = judged([...journal.events, { ...start, n: 99 }]);
    expect(judgement.start).toEqual(start);
    expect(judgement.cycles.pass).toBe(1);
    expect(judgement.functions.get(usb)?.counts.survived).toBe(1);
  });

  it('counts a boot that an identity shows', () => {
    const moved: JournalEventBody = { t: 'host-identified', identity: { ...identity, bootId: 'boot-2' } };
    expect(judged(begun().append(moved).finish('infra').events)).toMatchObject({ hostReboots: 1, bootId: 'boot-2' });
  });
});

describe('a run that waits for a person', () => {
  const parked: JournalEventBody = { t: 'run-finished', reason: 'parked' };

  it('is parked, even after a loss, and goes on when it is resumed', () => {
    const journal = begun().cycle(change(usb, dead)).append(parked);
    expect(judged(journal.events)).toMatchObject({ outcome: 'parked', end: { reason: 'parked' } });
    journal.append(resumed);
    expect(judged(journal.events)).toMatchObject({ outcome: 'fail', end: undefined });
  });

  it('is not rebooted by the boot in which it is resumed, nor is the boot of its next cell the fault of a cycle', () => {
    const journal = begun().cycle().append(parked, resumed);
    expect(judged(journal.events)).toMatchObject({ hostReboots: 0, bootId: 'boot-1', outcome: 'aborted' });
  });
});

describe('a VM that ended by itself', () => {
  const gone = (cycle: number): JournalEventBody => ({ t: 'vm-gone', cycle });
  const ended = begun().cycle().finish().events;

  it('before anybody saw what it held, leaves every function unobserved', () => {
    const judgement = edited(ended, (event) => {
      if (event.t !== 'edge' || event.edge !== 'running') return [event];
      const functions = new Map([...event.functions].map(([address, one]) => [address, { ...one, enableCount: 0 }]));
      return [gone(1), { ...event, functions }];
    });
    expect(judgement.outcome).toBe('infra');
    expect(new Set(judgement.failures[0]?.functions.map(({ because }) => because))).toEqual(
      new Set(['the VM ended by itself before anybody saw what it held']),
    );
    expect(judgement.failures[0]?.functions.flatMap(({ departures }) => departures)).toEqual([]);
  });

  it('does not acquit a function that is dead afterwards', () => {
    const { events } = begun().cycle(change(usb, dead)).finish();
    const judgement = edited(events, (event) => (event.t === 'edge' && event.edge === 'running' ? [gone(1)] : [event]));
    expect(judgement.failures[0]?.functions.find(({ address }) => address === usb)?.verdict).toBe('lost');
  });
});

describe('a function that stands in an edge alone', () => {
  it('is unobserved where the baseline does not have it', () => {
    const judgement = edited(begun().cycle().finish().events, (event) => {
      if (event.t !== 'edge' || event.edge !== 'baseline') return [event];
      return [{ ...event, functions: new Map([...event.functions].filter(([address]) => address !== usb)) }];
    });
    const unseen = judgement.failures[0]?.functions.filter(({ verdict }) => verdict === 'unobserved');
    expect(unseen).toMatchObject([{ address: usb, because: 'the baseline does not have it' }]);
    expect(judgement.failures[0]?.because).toBe(`${usb} the baseline does not have it`);
  });

  it('says so where it was not read after the stop', () => {
    const judgement = edited(begun().cycle().finish().events, (event) => {
      if (event.t !== 'edge' || event.edge !== 'after') return [event];
      return [{ ...event, functions: new Map([...event.functions].filter(([address]) => address !== usb)) }];
    });
    expect(judgement.failures[0]?.because).toBe(`${usb} it was not read after the stop`);
  });
});

describe('the time of a cycle', () => {
  it('is from its start to its last event, and when it began', () => {
    const judge = new RunJudge();
    const { events } = begun().cycle().finish();
    const [judgement] = events.map((event) => judge.push(event)).filter((told) => told !== undefined);
    const start = events.find(({ t }) => t === 'cycle-started');
    const end = events.find(({ t }) => t === 'cycle-finished');
    expect(judgement).toMatchObject({
      cycle: 1,
      outcome: 'pass',
      because: 'every function came back',
      startedAtMs: start?.at,
      durationMs: (end?.at ?? 0) - (start?.at ?? 0),
    });
    expect(new Set(judgement?.functions.map(({ because }) => because))).toEqual(
      new Set(['alive and as it was after the VM stopped']),
    );
  });
});

describe('the boot of a cycle', () => {
  it('is the first that shows itself, where none was known before', () => {
    const journal = new SyntheticJournal(fiveFunctions).begin().cycle().finish();
    const unknown = edited(journal.events, (event) => (event.t === 'cell-started' ? [] : [event]));
    expect(unknown).toMatchObject({ outcome: 'pass', hostReboots: 0, bootId: 'boot-1' });
  });

  it('is known from an edge of the cycle itself, if nothing said it earlier', () => {
    const bare = begun()
      .cycle()
      .events.filter((event) => event.t !== 'cell-started' && !(event.t === 'edge' && event.edge === 'baseline'));
    const judgement = judged(new SyntheticJournal(fiveFunctions).append(...bare).finish().events);
    expect(judgement.failures[0]?.because).toBe('there is no baseline to measure against');
    expect(judgement.hostReboots).toBe(0);
  });
});

describe('a run without anything to judge', () => {
  it('says why where it watched nothing', () =>
    expect(judged(new SyntheticJournal([]).begin().cycle().finish().events).failures).toMatchObject([
      { outcome: 'infra', because: 'the run watches no function' },
    ]));

  it('does not exist for a journal without a beginning', () =>
    expect(() => judged(begun().cycle().events.slice(1))).toThrow(NotARunError));

  it('and says which journal that is, and what may have happened to it', () => {
    expect(new NotARunError('night.jsonl')).toMatchObject({
      code: 'JUDGE_NOT_A_RUN',
      kind: 'usage',
      message:
        'night.jsonl does not begin with run-started, so there is no run to judge. Was it cut off, or is it empty?',
    });
    expect(new NotARunError().message).toMatch(/^The journal does not begin/);
  });
});
