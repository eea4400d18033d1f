import fc from 'fast-check';
import { deadConfig, syntheticExpress, SyntheticJournal } from '../judge/synthetic-journal.ts';
import { edgeNames, type JournalEvent, type JournalEventBody, resetSources } from '../journal/events.ts';
import { performedResets } from '../pci/reset-names.ts';
import { fiveFunctions, healthy, healthyPort, usb } from './judged-journal.ts';

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
  fc.record({ t: fc.constant('reset-source' as const), source: fc.constantFrom(...resetSources) }),
  fc.record(
    {
      t: fc.constant('resets' as const),
      cycle,
      // Where the list is that of the event before, there may be more times than resets, or fewer.
      resets: fc.array(
        fc.record(
          {
            function: fc.constantFrom(...fiveFunctions.map(({ address }) => address)),
            method: fc.constantFrom(...performedResets),
            bridge: fc.constant(healthyPort.address),
            returned: fc.constantFrom(0, -25, null),
          },
          { requiredKeys: ['method', 'returned'] },
        ),
        { maxLength: 3 },
      ),
      ms: fc.array(fc.constantFrom(0, 14, null), { maxLength: 3 }),
    },
    { requiredKeys: ['t', 'ms'] },
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
export const anyRun: fc.Arbitrary<JournalEvent[]> = fc
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
