import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { edgeNames, type JournalEvent, type JournalEventBody } from '../journal/events.ts';
import { fiveFunctions, healthy, healthyPort, judged, usb } from '../test/judged-journal.ts';
import { RunJudge } from './run-judge.ts';
import { deadConfig, syntheticExpress, SyntheticJournal } from './synthetic-journal.ts';
import type { CycleJudgement } from './verdict.ts';

const cycle = fc.integer({ min: 1, max: 4 });
const bootId = fc.constantFrom('boot-1', 'boot-2');
const act = fc.constantFrom('vm-start' as const, 'vm-stop' as const);
const output = fc.constantFrom(
  'start failed: got timeout',
  `vfio ${usb}: error getting device from group 27: Input/output error`,
  'vfio: Unable to power on device, stuck in D3',
  '',
);
const kernelLine = fc.constantFrom(
  `AMD-Vi: Event logged [IO_PAGE_FAULT device=${usb.slice(5)} domain=0x000e address=0x1000 flags=0x0020]`,
  `pcieport ${healthyPort.address}: AER: Uncorrected (Fatal) error message received from ${usb}`,
  `pcieport ${healthyPort.address}: not ready 65535ms after bus reset; giving up`,
  'INFO: task kvm:812 blocked for more than 120 seconds.',
  `vfio-pci ${usb}: reset done`,
);
const health = fc.constantFrom(
  healthy(),
  healthy({ driver: 'vfio-pci', enableCount: 1 }),
  healthy({ config: deadConfig }),
  healthy({ linkWidth: 4 }),
  healthy({ config: deadConfig, bridge: { ...healthyPort, express: syntheticExpress({ powerOff: true }) } }),
  healthy({ bridge: { ...healthyPort, express: syntheticExpress({ linkDisabled: true, linkActive: false }) } }),
  healthy({ bridge: { ...healthyPort, config: null } }),
  healthy({ present: false, config: null, driver: null, group: null, bridge: null }),
);
const functions = fc
  .dictionary(fc.constantFrom(...fiveFunctions.map(({ address }) => address)), health)
  .map(
    (entries) =>
      new Map(fiveFunctions.flatMap(({ address }) => (entries[address] ? [[address, entries[address]]] : []))),
  );

/** Any event that may follow the beginning of a run, in an order that no engine would write. */
const anyEvent: fc.Arbitrary<JournalEventBody> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ t: fc.constant('cycle-started' as const), cycle }) },
  { weight: 3, arbitrary: fc.record({ t: fc.constant('cycle-finished' as const), cycle, complete: fc.boolean() }) },
  {
    weight: 8,
    arbitrary: fc.record({
      t: fc.constant('edge' as const),
      edge: fc.constantFrom(...edgeNames),
      cycle,
      bootId,
      monoMs: fc.nat(),
      functions,
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      t: fc.constant('act-done' as const),
      act,
      cycle,
      ok: fc.boolean(),
      exitCode: fc.constantFrom(0, 255, null),
      durationMs: fc.nat(),
      output,
    }),
  },
  fc.record({ t: fc.constant('intent' as const), act, cycle }),
  fc.record({ t: fc.constant('lab-lost' as const), code: fc.constant('X'), message: fc.string() }),
  fc.record({ t: fc.constant('lab-back' as const), bootId }),
  fc.record({ t: fc.constant('host-wedged' as const), why: fc.string() }),
  fc.record(
    {
      t: fc.constant('kernel' as const),
      seq: fc.nat(),
      level: fc.nat(7),
      usec: fc.nat(),
      text: kernelLine,
      repeats: fc.constant(3),
    },
    { requiredKeys: ['t', 'seq', 'level', 'usec', 'text'] },
  ),
  fc.record({
    t: fc.constant('gate' as const),
    gate: fc.constant('split'),
    passed: fc.boolean(),
    findings: fc.array(fc.string(), { maxLength: 2 }),
  }),
  fc.record({
    t: fc.constant('cell-started' as const),
    cell: fc.constant({ bios: '1', kernel: '2', commandLine: '3' }),
    bootId,
  }),
  fc.record({
    t: fc.constant('run-finished' as const),
    reason: fc.constantFrom('cycles-done' as const, 'interrupted' as const, 'infra' as const, 'refused' as const),
  }),
);

/** Good cycles, odd ones and mere noise after a beginning that may lack its baseline. */
const anyRun: fc.Arbitrary<JournalEvent[]> = fc
  .tuple(
    fc.boolean(),
    fc.array(
      fc.oneof(
        { weight: 2, arbitrary: fc.array(anyEvent, { maxLength: 8 }) },
        { weight: 1, arbitrary: fc.constant('good cycle' as const) },
      ),
      { maxLength: 6 },
    ),
  )
  .map(([withBaseline, parts]) => {
    const journal = new SyntheticJournal(fiveFunctions).begin();
    if (!withBaseline) journal.events.pop();
    for (const part of parts) {
      if (part === 'good cycle') journal.cycle();
      else journal.append(...part);
    }
    return journal.events;
  });

describe('whatever stands in a journal', () => {
  it('the judge has a judgement, and every judged cycle has one verdict a function', () => {
    fc.assert(
      fc.property(anyRun, (events) => {
        const judgement = judged(events);
        const judgedCycles = Object.values(judgement.cycles).reduce((sum, count) => sum + count, 0);
        for (const { counts } of judgement.functions.values()) {
          expect(counts.survived + counts.degraded + counts.lost + counts.unobserved).toBe(judgedCycles);
        }
        expect(judgement.failures.length).toBe(judgedCycles - judgement.cycles.pass);
      }),
      { numRuns: 500 },
    );
  });

  it('a cycle in which the lab was lost or the host was wedged or rebooted accuses nobody', () => {
    fc.assert(
      fc.property(anyRun, (events) => {
        for (const { within, judgement } of cyclesOf(events)) {
          const boots = new Set(within.flatMap((event) => ('bootId' in event ? [event.bootId] : [])));
          if (!within.some(({ t }) => t === 'lab-lost' || t === 'host-wedged') && boots.size < 2) continue;
          expect(judgement.outcome).toBe('infra');
          expect(judgement.functions.map(({ verdict }) => verdict)).toEqual(Array(5).fill('unobserved'));
        }
      }),
      { numRuns: 500 },
    );
  });

  it('nobody survives unseen, and what fails names its symptom and its evidence', () => {
    fc.assert(
      fc.property(anyRun, (events) => {
        for (const { within, judgement } of cyclesOf(events)) {
          const after = within.findLast((event) => event.t === 'edge' && event.edge === 'after');
          for (const { address, verdict, departures, evidence } of judgement.functions) {
            if (verdict === 'survived') {
              expect(after?.t === 'edge' && after.functions.has(address)).toBe(true);
              expect(departures).toEqual([]);
            }
            if (verdict === 'lost' || verdict === 'degraded') {
              expect(departures.length).toBeGreaterThan(0);
              expect(evidence.length).toBeGreaterThan(1);
            }
          }
          expect(judgement.outcome === 'pass').toBe(judgement.functions.every(({ verdict }) => verdict === 'survived'));
        }
      }),
      { numRuns: 500 },
    );
  });

  it('a function that the kernel accuses in a cycle, and did not before the first, does not survive it', () => {
    fc.assert(
      fc.property(anyRun, (events) => {
        for (const { within, judgement } of cyclesOf(events)) {
          const first = events.find(({ t }) => t === 'cycle-started')?.n ?? Infinity;
          const news = within.find((event) => event.t === 'kernel' && event.repeats === undefined);
          const noise = events.some((event) => event.t === 'kernel' && event.n < first);
          if (news?.t !== 'kernel' || noise || !news.text.includes(usb.slice(5)) || news.text.endsWith('done'))
            continue;
          const verdict = judgement.functions.find(({ address }) => address === usb);
          expect(verdict?.verdict).not.toBe('survived');
          expect(verdict?.departures.map(({ symptom }) => symptom)).toEqual(
            expect.arrayContaining([news.text.startsWith('AMD') ? 'iommu-fault' : 'aer-uncorrectable']),
          );
        }
      }),
      { numRuns: 500 },
    );
  });

  it('the same journal gives the same judgement', () => {
    fc.assert(
      fc.property(anyRun, (events) => {
        expect(judged(events)).toEqual(judged(events));
      }),
      { numRuns: 100 },
    );
  });

  it('reaches every verdict, so that the properties above speak of something', () => {
    const seen = new Set<string>();
    for (const events of fc.sample(anyRun, { numRuns: 600, seed: 20_240_101 })) {
      for (const { judgement } of cyclesOf(events)) {
        for (const { verdict } of judgement.functions) seen.add(`${judgement.outcome} ${verdict}`);
      }
    }
    expect([...seen].sort()).toEqual(
      expect.arrayContaining([
        'aborted unobserved',
        'fail degraded',
        'fail lost',
        'fail survived',
        'infra survived',
        'infra unobserved',
        'pass survived',
      ]),
    );
    expect([...seen].some((pair) => pair === 'pass lost' || pair === 'infra lost')).toBe(false);
  });
});

/** The judged cycles of a journal with the events from each one's start to its end. */
function cyclesOf(events: readonly JournalEvent[]): { within: JournalEvent[]; judgement: CycleJudgement }[] {
  const judge = new RunJudge();
  let within: JournalEvent[] = [];
  const cycles: { within: JournalEvent[]; judgement: CycleJudgement }[] = [];
  for (const event of events) {
    const judgement = judge.push(event);
    if (event.t !== 'cycle-started') within.push(event);
    if (judgement !== undefined) cycles.push({ within: [...within], judgement });
    if (event.t === 'cycle-started') within = [event];
  }
  return cycles;
}
