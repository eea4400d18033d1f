import { describe, expect, it } from 'vitest';
import type { JournalEvent, JournalEventBody } from '../journal/events.ts';
import type { PciAddress } from '../pci/address.ts';
import type { FunctionHealth } from '../pci/health.ts';
import { audio, fiveFunctions, gpu, healthy, judged, usb } from '../test/judged-journal.ts';
import { NotARunError } from './errors.ts';
import { RunJudge, type RunJudgement } from './run-judge.ts';
import { deadConfig, type SyntheticCycle, SyntheticJournal } from './synthetic-journal.ts';

const begun = (cycles = 3): SyntheticJournal => new SyntheticJournal(fiveFunctions).begin(cycles);
const change = (
  address: PciAddress,
  changed: Partial<FunctionHealth>,
  edges: readonly ('before' | 'running' | 'after')[] = ['after'],
): SyntheticCycle => ({
  health: Object.fromEntries(edges.map((edge) => [edge, [{ address, change: changed }]])),
});
const dead = { config: deadConfig, linkWidth: 63, linkSpeed: 'Unknown' };
const deadThroughout = change(usb, dead, ['before', 'running', 'after']);
const failedStart = (output: string): SyntheticCycle => ({ start: { ok: false, output } });
const counts = (judgement: RunJudgement, address: PciAddress) => judgement.functions.get(address)?.counts;
const others = (judgement: RunJudgement, address: PciAddress) =>
  [...judgement.functions].filter(([other]) => other !== address).map(([, totals]) => totals.counts);
const fiveTimes = <T>(value: T): T[] => Array<T>(5).fill(value);
const tally = (survived: number, degraded: number, lost: number, unobserved: number) => ({
  survived,
  degraded,
  lost,
  unobserved,
});

/** Everything that one odd cycle between two good ones leaves to see. */
function oddCycle(odd: SyntheticCycle): RunJudgement {
  return judged(begun().cycle().cycle(odd).cycle().finish().events);
}

describe('a clean run', () => {
  const judgement = judged(begun().cycle().cycle().cycle().finish().events);

  it('passes, with every function survived and exercised in every cycle', () => {
    expect(judgement.outcome).toBe('pass');
    expect(judgement.cycles).toEqual({ pass: 3, fail: 0, infra: 0, aborted: 0 });
    expect([...judgement.functions.values()].map((totals) => totals.counts)).toEqual(fiveTimes(tally(3, 0, 0, 0)));
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
    expect(counts(judgement, usb)).toEqual(tally(1, 0, 3, 0));
    expect(judgement.functions.get(usb)?.firstLost).toMatchObject({ cycle: 2 });
    expect(judgement.functions.get(usb)?.firstLost?.because).toMatch(/^config-dead: /);
    expect(others(judgement, usb)).toEqual(Array(4).fill(tally(4, 0, 0, 0)));
    expect(judgement.functions.get(gpu)?.exercised).toBe(1);
    expect(judgement.functions.get(gpu)?.last?.because).toContain(usb);
  });

  it('in the failing start itself is to blame for it, although nobody named it', () => {
    const judgement = oddCycle({ ...change(usb, dead), ...failedStart('start failed: QEMU exited with code 1') });
    expect(counts(judgement, usb)).toEqual(tally(2, 0, 1, 0));
    expect(counts(judgement, gpu)).toEqual(tally(3, 0, 0, 0));
  });

  it('while the VM ran is lost even where it answers again afterwards', () => {
    const judgement = oddCycle(change(usb, dead, ['running']));
    expect(counts(judgement, usb)).toEqual(tally(2, 0, 1, 0));
    expect(judgement.failures[0]?.because).toMatch(/while the VM ran/);
    expect(others(judgement, usb)).toEqual(Array(4).fill(tally(3, 0, 0, 0)));
  });

  it('before a start that revived it came back, but not from the baseline: degraded', () => {
    const judgement = oddCycle(change(usb, dead, ['before']));
    expect(counts(judgement, usb)).toEqual(tally(2, 1, 0, 0));
    expect(judgement.failures[0]?.because).toMatch(/before the VM started/);
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
  };

  it.each(Object.entries(rows))('%s', (_what, [odd, verdict, symptoms]) => {
    const judgement = oddCycle(odd);
    const [failure] = judgement.failures;
    const bad = failure?.functions.find(({ address }) => address === usb);
    expect(judgement.outcome).toBe('fail');
    expect(bad?.verdict).toBe(verdict);
    expect(bad?.departures.map(({ symptom }) => symptom)).toEqual(symptoms);
    expect(others(judgement, usb)).toEqual(Array(4).fill(tally(3, 0, 0, 0)));
  });

  it('takes a function for exercised only where the VM held it', () => {
    const withHostDriver = oddCycle(change(usb, { driver: 'xhci_hcd', enableCount: 1 }, ['running']));
    expect(withHostDriver.functions.get(usb)?.exercised).toBe(2);
  });
});

describe('a cycle that shows nothing about a device', () => {
  const rows: Readonly<Record<string, [SyntheticCycle, RegExp]>> = {
    'a start that failed for no function': [failedStart('start failed: got timeout'), /start failed: got timeout/],
    'a function held by another VM': [
      failedStart(`PCI device '${usb}' already in use by VMID '101'`),
      /already in use by VMID/,
    ],
    'a start that failed without a word': [failedStart(''), /no reason given/],
    'a failed start that leaves the host drivers on': [
      {
        ...failedStart('got timeout'),
        health: { after: fiveFunctions.map(({ address }) => ({ address, change: { driver: 'nouveau' } })) },
      },
      /got timeout/,
    ],
    'a VM that did not stop': [
      { stop: { ok: false, output: 'VM quit/powerdown failed - got timeout' } },
      /the VM did not stop: VM quit/,
    ],
  };

  it.each(Object.entries(rows))('%s is infra, and all are unobserved', (_what, [odd, because]) => {
    const judgement = oddCycle(odd);
    expect(judgement.outcome).toBe('infra');
    expect(judgement.cycles).toEqual({ pass: 2, fail: 0, infra: 1, aborted: 0 });
    expect([...judgement.functions.values()].map((totals) => totals.counts)).toEqual(fiveTimes(tally(2, 0, 0, 1)));
    expect(judgement.failures[0]?.because).toMatch(because);
  });

  /** A run of one cycle whose events went through other hands. */
  const edited = (edit: (event: JournalEvent) => JournalEventBody[]): RunJudgement =>
    judged(new SyntheticJournal(fiveFunctions).append(...begun().cycle().finish().events.flatMap(edit)).events);

  const lost: Readonly<Record<string, [(event: JournalEvent) => JournalEventBody[], outcome: string, RegExp]>> = {
    'the lab lost while the VM ran, with a dead function seen by then': [
      (event) => {
        if (event.t === 'cycle-finished') return [{ ...event, complete: false }];
        if (event.t === 'act-done' && event.act === 'vm-stop') {
          return [{ t: 'lab-lost', code: 'SSH_LOST', message: 'the connection closed' }];
        }
        if (event.t !== 'edge' || event.edge !== 'running')
          return event.t === 'edge' && event.edge === 'after' ? [] : [event];
        return [{ ...event, functions: new Map([...event.functions, [usb, healthy({ config: deadConfig })]]) }];
      },
      'infra',
      /the lab was lost: the connection closed/,
    ],
    'a cycle that was broken off': [
      (event) => [event.t === 'cycle-finished' ? { ...event, complete: false } : event],
      'aborted',
      /broken off/,
    ],
    'a controller that died in it': [
      (event) => (event.t === 'cycle-finished' || event.t === 'run-finished' ? [] : [event]),
      'aborted',
      /never ended/,
    ],
    'a cycle without an edge after it': [
      (event) => (event.t === 'edge' && event.edge === 'after' ? [] : [event]),
      'infra',
      /nobody looked after the stop/,
    ],
    'a cycle without an edge while the VM ran': [
      (event) => (event.t === 'edge' && event.edge === 'running' ? [] : [event]),
      'infra',
      /nobody saw whether it held/,
    ],
    'a cycle in which the VM was never stopped': [
      (event) => (event.t === 'act-done' && event.act === 'vm-stop' ? [] : [event]),
      'infra',
      /never stopped/,
    ],
    'a cycle in which the VM was never started': [
      (event) => (event.t === 'act-done' ? [] : [event]),
      'infra',
      /never started/,
    ],
    'a run without a baseline': [
      (event) => (event.t === 'edge' && event.edge === 'baseline' ? [] : [event]),
      'infra',
      /no baseline/,
    ],
  };

  it.each(Object.entries(lost))('%s', (_what, [edit, outcome, because]) => {
    const judgement = edited(edit);
    expect(judgement.outcome).toBe(outcome);
    expect(judgement.failures.map((failure) => failure.outcome)).toEqual([outcome]);
    expect(judgement.failures[0]?.because).toMatch(because);
    expect([...judgement.functions.values()].map((totals) => totals.counts)).toEqual(fiveTimes(tally(0, 0, 0, 1)));
  });

  it('leaves unobserved only the function that an edge does not have', () => {
    const judgement = edited((event) => {
      if (event.t !== 'edge' || event.edge !== 'after') return [event];
      return [{ ...event, functions: new Map([...event.functions].filter(([address]) => address !== usb)) }];
    });
    expect(judgement.outcome).toBe('infra');
    expect(counts(judgement, usb)).toEqual(tally(0, 0, 0, 1));
    expect(others(judgement, usb)).toEqual(Array(4).fill(tally(1, 0, 0, 0)));
  });
});

describe('a host that rebooted', () => {
  const symptomsOf = (judgement: RunJudgement, index: number) =>
    judgement.failures[index]?.functions.map(({ departures }) => departures.map(({ symptom }) => symptom));

  it('in a cycle is named on every function, proves nothing against any, and is counted once', () => {
    const judgement = oddCycle({ reboot: { from: 'after', bootId: 'boot-2' } });
    expect(judgement).toMatchObject({ outcome: 'infra', hostReboots: 1, bootId: 'boot-2' });
    expect(judgement.cycles).toEqual({ pass: 2, fail: 0, infra: 1, aborted: 0 });
    expect([...judgement.functions.values()].map((totals) => totals.counts)).toEqual(fiveTimes(tally(2, 0, 0, 1)));
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
    expect([...judgement.functions.values()].map((totals) => totals.counts)).toEqual(fiveTimes(tally(1, 0, 0, 1)));
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

describe('the outcome of a run', () => {
  const gate: JournalEventBody = { t: 'gate', gate: 'split', passed: false, findings: ['03:00.1 is the host’s'] };
  const rows: Readonly<Record<string, [SyntheticJournal, string]>> = {
    'refused before the first cycle': [
      new SyntheticJournal(fiveFunctions).begin().append(gate).finish('refused'),
      'refused',
    ],
    'refused after a cycle, which is not a refusal any more': [begun().cycle().append(gate).finish('refused'), 'infra'],
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

  it('does not exist for a journal without a beginning', () =>
    expect(() => judged(begun().cycle().events.slice(1))).toThrow(NotARunError));

  it('has no negative duration where the clock was set back', () => {
    const { events } = begun().cycle(change(usb, dead)).finish();
    const backwards = events.map((event) => ({ ...event, at: 1_000_000 - event.n }));
    expect(judged(backwards).failures[0]?.durationMs).toBe(0);
  });
});
