import { describe, expect, it } from 'vitest';
import type { JournalEvent } from '../journal/events.ts';
import type { PciAddress } from '../pci/address.ts';
import { audio, begun, change, dead, failedStart, fiveFunctions, gpu, judged, usb } from '../test/judged-journal.ts';
import { type CellBaseline, type CycleRecord, newCycleRecord, withEvent } from './cycle-record.ts';
import { startBlame } from './start-blame.ts';
import { type SyntheticCycle, SyntheticJournal } from './synthetic-journal.ts';

const isEdge = (event: JournalEvent, name: string): boolean => event.t === 'edge' && event.edge === name;

/** Who is to blame for the start in the only cycle of a run, of whose events some never came. */
function blamed(odd: SyntheticCycle, isMissing: (event: JournalEvent) => boolean = () => false): PciAddress[] {
  const events = begun()
    .cycle(odd)
    .events.filter((event) => !isMissing(event));
  const baseline: CellBaseline = {
    functions: fiveFunctions,
    driverAfterStop: 'vfio-pci',
    edge: events.filter((event) => event.t === 'edge').find(({ edge }) => edge === 'baseline'),
    kernelNoise: new Set(),
  };
  const started = events.findIndex(({ t }) => t === 'cycle-started');
  const blank = newCycleRecord({ t: 'cycle-started', cycle: 1, n: 1, at: 1 }, 'boot-1', []);
  return startBlame(
    events.slice(started + 1).reduce<CycleRecord>((record, event) => withEvent(record, event), blank),
    baseline,
  );
}

const deadUsb = change(usb, dead);
const timeout = failedStart('start failed: got timeout');
const refusal = failedStart(`vfio ${usb}: error getting device from group 27: Input/output error`);

describe('a start that failed', () => {
  it.each<[string, SyntheticCycle, PciAddress[]]>([
    ['is nobody’s fault where all are well and nobody is named', timeout, []],
    ['is nobody’s fault where it said nothing at all', { start: { ok: false } }, []],
    ['is the fault of the one that the manager names', refusal, [usb]],
    ['is the fault of one that is dead after it', { ...deadUsb, ...timeout }, [usb]],
    ['is the fault of one that was dead before it', { ...change(usb, dead, ['before']), ...timeout }, [usb]],
    ['is not the fault of one that is merely narrower', { ...change(usb, { linkWidth: 8 }), ...timeout }, []],
    ['is the fault of all that are dead or named', { ...change(audio, dead), ...refusal }, [usb, audio]],
    [
      'is not the fault of one on the driver of the host, where a failed start may have left it',
      { ...change(gpu, { driver: 'nouveau' }), ...timeout },
      [],
    ],
  ])('%s', (_what, odd, blame) => expect(blamed(odd)).toEqual(blame));

  it.each<[string, SyntheticCycle, string, PciAddress[]]>([
    ['before the start, and it is dead after it', deadUsb, 'before', [usb]],
    ['after the start, and it was dead before it', change(usb, dead, ['before']), 'after', [usb]],
    ['before a run, so that nobody knows how it was, and it is dead', deadUsb, 'baseline', []],
  ])('where nobody looked %s', (_what, odd, edge, blame) =>
    expect(blamed({ ...odd, ...timeout }, (event) => isEdge(event, edge))).toEqual(blame),
  );

  it('is the fault of the one that is named, whether anybody knows how it was or not', () =>
    expect(blamed(refusal, (event) => event.t === 'edge')).toEqual([usb]));
});

describe('nobody is to blame, however dead,', () => {
  it('where the VM started', () => expect(blamed(deadUsb)).toEqual([]));

  it('where it was never started', () =>
    expect(blamed({ ...deadUsb, ...refusal }, ({ t }) => t === 'act-done')).toEqual([]));
});

it('a function that an edge does not have is not blamed, and the others are', () => {
  const { events } = begun()
    .cycle({ ...change(audio, dead), ...timeout })
    .finish();
  const without = events.map((event) =>
    event.t === 'edge' && event.edge === 'after'
      ? { ...event, functions: new Map([...event.functions].filter(([address]) => address !== usb)) }
      : event,
  );
  const [failure] = judged(new SyntheticJournal(fiveFunctions).append(...without).events).failures;
  const well = failure?.functions.find(({ address }) => address === gpu);
  expect(well?.because).toMatch(new RegExp(`because its start failed over ${audio}$`));
});
