import { describe, expect, it } from 'vitest';
import type { JournalEvent, JournalEventBody } from '../journal/events.ts';
import {
  allCounts,
  audio,
  begun,
  change,
  countsOf,
  dead,
  failedStart,
  fiveFunctions,
  fiveTimes,
  gpu,
  judged,
  oddCycle,
  othersThan,
  tally,
  usb,
} from '../test/judged-journal.ts';
import { RunJudge } from './run-judge.ts';
import { type SyntheticCycle, SyntheticJournal } from './synthetic-journal.ts';

const deadThroughout = change(usb, dead, ['before', 'running', 'after']);

describe('a clean run', () => {
  it('passes, with every function survived and exercised in every cycle', () => {
    const judgement = judged(begun().cycle().cycle().cycle().finish().events);
    expect(judgement.outcome).toBe('pass');
    expect(judgement.cycles).toEqual({ pass: 3, fail: 0, infra: 0, aborted: 0 });
    expect(allCounts(judgement)).toEqual(fiveTimes(tally(3, 0, 0, 0)));
    expect([...judgement.functions.values()].map(({ exercised }) => exercised)).toEqual(fiveTimes(3));
    expect(judgement.failures).toEqual([]);
    expect(judgement.hostReboots).toBe(0);
  });

  it('names the events that show it', () => {
    const { events } = begun().cycle();
    const [cycle] = events.flatMap((event) => new Pushed(events).upTo(event));
    const evidence = cycle?.functions[0]?.evidence ?? [];
    const kinds = evidence.map((n) => events.find((event) => event.n === n)).map((event) => nameOf(event));
    expect(kinds).toEqual(['baseline', 'before', 'vm-start', 'running', 'after']);
  });
});

/** Judges a journal anew up to one event. */
class Pushed {
  readonly #events: readonly JournalEvent[];
  constructor(events: readonly JournalEvent[]) {
    this.#events = events;
  }
  upTo(last: JournalEvent) {
    const judge = new RunJudge();
    const judgements = this.#events.filter(({ n }) => n <= last.n).map((event) => judge.push(event));
    return judgements.slice(-1).filter((judgement) => judgement !== undefined);
  }
}

function nameOf(event: JournalEvent | undefined): string | undefined {
  if (event?.t === 'edge') return event.edge;
  return event?.t === 'act-done' ? event.act : event?.t;
}

describe('a function that died', () => {
  it('between two cycles, so that the start fails, is lost from then on, and the others survive', () => {
    const start = failedStart('kvm: vfio: something broke\nstart failed: QEMU exited with code 1');
    const spoilt = { ...deadThroughout, ...start };
    const judgement = judged(begun(4).cycle().cycle(spoilt).cycle(spoilt).cycle(spoilt).finish().events);
    expect(judgement.outcome).toBe('fail');
    expect(judgement.cycles).toEqual({ pass: 1, fail: 3, infra: 0, aborted: 0 });
    expect(countsOf(judgement, usb)).toEqual(tally(1, 0, 3, 0));
    expect(judgement.functions.get(usb)?.firstLost).toMatchObject({ cycle: 2 });
    expect(judgement.functions.get(usb)?.firstLost?.because).toMatch(/^config-dead: /);
    expect(othersThan(judgement, usb)).toEqual(Array(4).fill(tally(4, 0, 0, 0)));
    expect(judgement.functions.get(gpu)?.exercised).toBe(1);
    expect(judgement.functions.get(gpu)?.last?.because).toContain(usb);
  });

  it('in the failing start itself is to blame for it, although nobody named it', () => {
    const judgement = oddCycle({ ...change(usb, dead), ...failedStart('start failed: QEMU exited with code 1') });
    expect(countsOf(judgement, usb)).toEqual(tally(2, 0, 1, 0));
    expect(countsOf(judgement, gpu)).toEqual(tally(3, 0, 0, 0));
  });

  it('while the VM ran is lost even where it answers again afterwards', () => {
    const judgement = oddCycle(change(usb, dead, ['running']));
    expect(countsOf(judgement, usb)).toEqual(tally(2, 0, 1, 0));
    expect(judgement.failures[0]?.because).toMatch(/while the VM ran/);
    expect(othersThan(judgement, usb)).toEqual(Array(4).fill(tally(3, 0, 0, 0)));
  });

  it('before a start that revived it came back, but not from the baseline: degraded', () => {
    const judgement = oddCycle(change(usb, dead, ['before']));
    expect(countsOf(judgement, usb)).toEqual(tally(2, 1, 0, 0));
    expect(judgement.failures[0]?.because).toMatch(/before the VM started/);
  });

  it('is to blame together with another one', () => {
    const after = [usb, audio].map((address) => ({ address, change: dead }));
    const judgement = oddCycle({ health: { after }, ...failedStart('got timeout') });
    const survivor = judgement.failures[0]?.functions.find(({ address }) => address === gpu);
    expect(survivor?.because).toBe(
      `alive and as it was; the VM did not get it, because its start failed over ${usb}, ${audio}`,
    );
  });

  it('is told from one that is merely degraded, over which no start fails', () => {
    const judgement = oddCycle({ ...change(usb, { linkWidth: 8 }), ...failedStart('got timeout') });
    const other = judgement.failures[0]?.functions.find(({ address }) => address === gpu);
    expect(other?.because).toBe('the VM did not start, and no function was the reason: got timeout');
  });

  it('says it in the words of QEMU, without what they are padded with', () => {
    const line = `kvm: -device vfio-pci,host=${usb}: vfio: Unable to power on device, stuck in D3`;
    const bad = oddCycle({ start: { ok: true, output: `  ${line}  ` } }).failures[0]?.functions.find(
      ({ address }) => address === usb,
    );
    expect(bad?.because).toBe(`stuck-in-d3: ${line}`);
  });

  it('in cycle 2 and came back in cycle 3 is lost once', () => {
    const judgement = oddCycle(change(usb, dead));
    expect(judgement.cycles).toEqual({ pass: 2, fail: 1, infra: 0, aborted: 0 });
    expect(judgement.functions.get(usb)).toMatchObject({
      counts: tally(2, 0, 1, 0),
      firstLost: { cycle: 2 },
      last: { verdict: 'survived' },
    });
  });

  it('leads the reason of the cycle before one that is merely degraded', () => {
    const judgement = oddCycle({
      health: {
        after: [
          { address: gpu, change: { linkWidth: 8 } },
          { address: audio, change: dead },
        ],
      },
    });
    expect(judgement.failures[0]?.because).toMatch(new RegExp(`^${audio} lost, config-dead`));
  });
});

describe('one odd cycle between two good ones', () => {
  const start = (output: string): SyntheticCycle => ({ start: { ok: true, output } });
  const refused = `kvm: -device vfio-pci,host=${usb}: vfio ${usb}: error getting device from group 27: Input/output error`;
  const rows: Readonly<Record<string, [SyntheticCycle, verdict: string, symptoms: string[]]>> = {
    'a link at half its width': [change(usb, { linkWidth: 8 }), 'degraded', ['link-degraded']],
    'the host driver back on it': [change(usb, { driver: 'xhci_hcd' }), 'degraded', ['wrong-driver']],
    'the host driver on it while the VM runs': [
      change(usb, { driver: 'xhci_hcd' }, ['running']),
      'degraded',
      ['wrong-driver'],
    ],
    'another group': [change(usb, { group: 9 }), 'degraded', ['group-changed']],
    'the node gone': [change(usb, { present: false, config: null }), 'lost', ['missing']],
    'the VM running without it': [change(usb, { enableCount: 0 }, ['running']), 'lost', ['vm-refused']],
    'a start that names it': [failedStart(refused), 'lost', ['vm-refused']],
    'stuck in D3, named by QEMU': [
      start(`kvm: -device vfio-pci,host=${usb}: vfio: Unable to power on device, stuck in D3`),
      'lost',
      ['stuck-in-d3'],
    ],
    'stuck in D3, named by nobody, and dead': [
      { ...change(usb, dead, ['running', 'after']), ...start('kvm: vfio: Unable to power on device, stuck in D3') },
      'lost',
      ['config-dead', 'stuck-in-d3'],
    ],
    'stuck in D3, named by nobody, and dead afterwards': [
      { ...change(usb, dead), ...start('kvm: vfio: Unable to power on device, stuck in D3') },
      'lost',
      ['config-dead', 'stuck-in-d3'],
    ],
    'stuck in D3, named by nobody, and narrower': [
      { ...change(usb, { linkWidth: 8 }), ...start('kvm: vfio: Unable to power on device, stuck in D3') },
      'degraded',
      ['link-degraded'],
    ],
  };

  it.each(Object.entries(rows))('%s', (_what, [odd, verdict, symptoms]) => {
    const judgement = oddCycle(odd);
    const [failure] = judgement.failures;
    const bad = failure?.functions.find(({ address }) => address === usb);
    expect(judgement.outcome).toBe('fail');
    expect(bad?.verdict).toBe(verdict);
    expect(bad?.departures.map(({ symptom }) => symptom)).toEqual(symptoms);
    expect(othersThan(judgement, usb)).toEqual(Array(4).fill(tally(3, 0, 0, 0)));
  });

  it('takes nobody for exercised where the start failed, whatever it left behind', () => {
    const { events } = begun().cycle().finish();
    const failed = events.map((event) =>
      event.t === 'act-done' && event.act === 'vm-start' ? { ...event, ok: false } : event,
    );
    expect([...judged(failed).functions.values()].map(({ exercised }) => exercised)).toEqual(fiveTimes(0));
  });

  it('takes a function for exercised only where the VM held it', () => {
    const withHostDriver = oddCycle(change(usb, { driver: 'xhci_hcd', enableCount: 1 }, ['running']));
    expect(withHostDriver.functions.get(usb)?.exercised).toBe(2);
  });
});

describe('the outcome of a run', () => {
  const gate: JournalEventBody = { t: 'gate', gate: 'split', passed: false, findings: ['03:00.1 is the host’s'] };
  const rows: Readonly<Record<string, [SyntheticJournal, string]>> = {
    'refused before the first cycle': [
      new SyntheticJournal(fiveFunctions).begin().append(gate).finish('refused'),
      'refused',
    ],
    'refused after a cycle, which is not a refusal any more': [begun().cycle().append(gate).finish('refused'), 'infra'],
    'refused after a good cycle and one that the lab spoilt': [
      begun().cycle().cycle(failedStart('got timeout')).finish('refused'),
      'infra',
    ],
    'refused after a cycle that was broken off': [
      begun().append({ t: 'cycle-started', cycle: 1 }).finish('refused'),
      'infra',
    ],
    'interrupted between good cycles': [begun().cycle().finish('interrupted'), 'aborted'],
    'ended by the lab before a cycle': [begun().finish('infra'), 'infra'],
    'over without one cycle': [begun().finish(), 'infra'],
    'never ended': [begun().cycle(), 'aborted'],
    'interrupted after a loss': [begun().cycle(change(usb, dead)).finish('interrupted'), 'fail'],
    'ended by the lab after a loss': [begun().cycle(change(usb, dead)).finish('infra'), 'fail'],
    'of a run that watches nothing': [new SyntheticJournal([]).begin().cycle().finish(), 'infra'],
  };
  it.each(Object.entries(rows))('%s', (_what, [journal, outcome]) =>
    expect(judged(journal.events).outcome).toBe(outcome),
  );

  it('may be asked in the middle of a cycle without changing what comes of it', () => {
    const { events } = begun().cycle().cycle(change(usb, dead)).cycle().finish();
    const asked = new RunJudge();
    for (const event of events) {
      asked.push(event);
      asked.result();
    }
    expect(asked.result()).toEqual(judged(events));
  });

  it('has no negative duration where the clock was set back', () => {
    const { events } = begun().cycle(change(usb, dead)).finish();
    const backwards = events.map((event) => ({ ...event, at: 1_000_000 - event.n }));
    expect(judged(backwards).failures[0]?.durationMs).toBe(0);
  });
});
