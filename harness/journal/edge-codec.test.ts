import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SyntheticJournal, syntheticExpress } from '../judge/synthetic-journal.ts';
import type { PciAddress } from '../pci/address.ts';
import type { ErrorCounts, FunctionHealth } from '../pci/health.ts';
import { fiveFunctions, gpu, gpuAudio, healthy, healthyPort, usb } from '../test/judged-journal.ts';
import { EdgeCodec } from './edge-codec.ts';
import { type EdgeBody, edgeNames, journalLine, type StoredEdge } from './events.ts';

const orNull = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(arbitrary, { freq: 3, nil: null });
const anyConfig = fc.constantFrom('ff'.repeat(64), '00'.repeat(64), 'de10821c'.repeat(16));
const anyErrors: fc.Arbitrary<ErrorCounts> = fc.record({
  correctable: fc.nat(9),
  nonFatal: fc.nat(9),
  fatal: fc.nat(9),
});
const anyHealth: fc.Arbitrary<FunctionHealth> = fc.record({
  present: fc.boolean(),
  config: orNull(anyConfig),
  driver: orNull(fc.constantFrom('vfio-pci', 'xhci_hcd', '')),
  group: orNull(fc.nat(40)),
  linkSpeed: orNull(fc.string()),
  linkWidth: orNull(fc.nat(63)),
  powerState: orNull(fc.constantFrom('D0', 'D3hot', 'unknown')),
  runtimeStatus: orNull(fc.constantFrom('active', 'suspended')),
  enableCount: orNull(fc.nat(3)),
  resetMethods: orNull(fc.array(fc.constantFrom('flr', 'pm', 'bus'), { maxLength: 3 })),
  errors: orNull(anyErrors),
  bridge: orNull(
    fc.record(
      {
        address: fc.constantFrom(gpu, usb),
        config: orNull(anyConfig),
        express: fc.constantFrom(syntheticExpress(), syntheticExpress({ linkActive: false })),
        expressOffset: fc.constantFrom(0x40, 0x58),
        errors: orNull(anyErrors),
      },
      { requiredKeys: ['address', 'config'] },
    ),
  ),
});
const anyEdge: fc.Arbitrary<EdgeBody> = fc.record({
  t: fc.constant('edge' as const),
  edge: fc.constantFrom(...edgeNames),
  cycle: fc.nat(9),
  bootId: fc.constantFrom('boot-1', 'boot-2'),
  monoMs: fc.nat(),
  holders: fc.array(
    fc.record({
      pid: fc.nat(),
      command: fc.string(),
      file: fc.constant('/dev/vfio/15'),
      functions: fc.subarray([gpu, usb]),
    }),
    { minLength: 1, maxLength: 2 },
  ),
  stuck: fc.array(fc.record({ pid: fc.nat(), command: fc.string(), where: fc.constant('pci_dev_wait') }), {
    minLength: 1,
    maxLength: 2,
  }),
  functions: fc
    .uniqueArray(fc.tuple(fc.constantFrom(gpu, gpuAudio, usb), anyHealth), { selector: ([address]) => address })
    .map((entries) => new Map<PciAddress, FunctionHealth>(entries)),
});

const stamp = { n: 1, at: 1 };

/** The edge as a reader of the file gets it. */
function throughTheFile(stored: StoredEdge): StoredEdge {
  const line = journalLine.parse(JSON.parse(JSON.stringify({ ...stamp, ...stored })));
  if (line.t !== 'edge') throw new Error('an edge became something else');
  return { ...line, cycle: line.cycle ?? stored.cycle };
}

const edgeOf = (functions: EdgeBody['functions']): EdgeBody => ({
  t: 'edge',
  edge: 'after',
  cycle: 1,
  bootId: 'boot',
  monoMs: 1,
  functions,
});

describe('the codec of edges', () => {
  it('gives back any sequence of edges as it was', () => {
    fc.assert(
      fc.property(fc.array(anyEdge, { maxLength: 12 }), (edges) => {
        const writer = new EdgeCodec();
        const reader = new EdgeCodec();
        expect(edges.map((edge) => reader.decode(throughTheFile(writer.encode(edge))))).toEqual(
          edges.map((edge) => ({ ...stamp, ...edge })),
        );
      }),
      { numRuns: 150 },
    );
  });

  it('writes nothing where nothing changed, and only what changed where something did', () => {
    const codec = new EdgeCodec();
    codec.encode(edgeOf(new Map([[gpu, healthy()]])));
    expect(codec.encode(edgeOf(new Map([[gpu, healthy()]]))).changed).toBeUndefined();
    expect(codec.encode(edgeOf(new Map([[gpu, healthy({ linkWidth: 8 })]]))).changed).toEqual({
      [gpu]: { linkWidth: 8 },
    });
  });

  it('measures each edge against the last one of its own name', () => {
    const codec = new EdgeCodec();
    const running = { ...edgeOf(new Map([[gpu, healthy({ enableCount: 1 })]])), edge: 'running' as const };
    codec.encode(edgeOf(new Map([[gpu, healthy()]])));
    codec.encode(running);
    expect(codec.encode(edgeOf(new Map([[gpu, healthy()]]))).changed).toBeUndefined();
    expect(codec.encode(running).changed).toBeUndefined();
  });

  it('keeps what a reading carries beyond health out of the file, where no reader would take it', () => {
    const reading = { ...healthy(), vendor: '0x10de' };
    const stored = new EdgeCodec().encode(edgeOf(new Map([[gpu, reading]])));
    expect(stored.changed?.[gpu]).toEqual(healthy());
  });

  it('reads a journal of before a port told of its link and its slot', () => {
    const { address, config } = healthyPort;
    const old = healthy({ bridge: { address, config } });
    const written = throughTheFile(new EdgeCodec().encode(edgeOf(new Map([[gpu, old]]))));
    expect(JSON.stringify(written)).not.toContain('express');
    expect(new EdgeCodec().decode(written).functions.get(gpu)).toEqual(old);
  });

  it('says so where it is not given the journal from its start', () => {
    const writer = new EdgeCodec();
    writer.encode(edgeOf(new Map([[gpu, healthy()]])));
    const second = writer.encode(edgeOf(new Map([[gpu, healthy({ linkWidth: 8 })]])));
    expect(() => new EdgeCodec().decode({ ...second, bootId: 'boot' })).toThrow(/lacks "present"/);
    expect(() => new EdgeCodec().decode(second)).toThrow(/boot_id/);
  });

  it('refuses an address that is none', () => {
    const stored = { ...new EdgeCodec().encode(edgeOf(new Map())), changed: { '2b:00': {} } };
    expect(() => new EdgeCodec().decode(stored)).toThrow(/"2b:00" is no PCI address/);
  });
});

describe('a night of clean cycles', () => {
  it('costs at most 1 kB a cycle with five functions', () => {
    const bootId = '9f3c1b52-77aa-4d0e-8c55-2f1d6b3a9e04';
    const { events } = new SyntheticJournal(fiveFunctions, bootId).begin().cycle().cycle().cycle();
    const codec = new EdgeCodec();
    const lines = events.map((event) => ({
      cycleStarts: event.t === 'cycle-started',
      // A night's journal: five-digit event numbers and a host that has been up for a day.
      text: JSON.stringify(
        event.t === 'edge'
          ? { ...codec.encode({ ...event, monoMs: 86_400_000 + event.monoMs }), n: 10_000 + event.n, at: event.at }
          : { ...event, n: 10_000 + event.n },
      ),
    }));
    const starts = lines.flatMap(({ cycleStarts }, index) => (cycleStarts ? [index] : []));
    const third = lines.slice(starts[2]).map(({ text }) => Buffer.byteLength(`${text}\n`));
    expect(third.length).toBeGreaterThan(8);
    expect(third.reduce((sum, bytes) => sum + bytes, 0)).toBeLessThanOrEqual(1000);
  });
});
