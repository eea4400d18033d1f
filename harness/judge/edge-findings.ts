import type { PciAddress } from '../pci/address.ts';
import type { ErrorCounts, FunctionHealth } from '../pci/health.ts';
import type { Departure } from '../pci/symptoms.ts';
import type { CycleRecord } from './cycle-record.ts';

/** Departures with the number of the journal event that shows them. */
export interface Look {
  readonly departures: readonly Departure[];
  readonly n: number;
}

/**
 * Uncorrectable errors that a function, or the port above it, counted since the cycle began. A correctable one was corrected:
 * it is no departure.
 */
export function errorDepartures({ edges }: CycleRecord, address: PciAddress): Look[] {
  const before = edges.before?.functions.get(address);
  const last = edges.after ?? edges.running;
  const now = last?.functions.get(address);
  if (before === undefined || now === undefined || last === undefined || last.bootId !== edges.before?.bootId)
    return [];
  const readings = [
    ...growth(before.errors, now.errors).map((words) => `its AER counters show ${words}`),
    ...growth(before.bridge?.errors, now.bridge?.errors).map(
      (words) => `the AER counters of the port ${now.bridge?.address ?? ''} show ${words}`,
    ),
  ];
  return readings.length === 0
    ? []
    : [{ departures: [{ symptom: 'aer-uncorrectable', reading: readings.join('; ') }], n: last.n }];
}

function growth(before: ErrorCounts | null | undefined, now: ErrorCounts | null | undefined): string[] {
  if (before == null || now == null) return [];
  const more = [
    [now.fatal - before.fatal, 'fatal'],
    [now.nonFatal - before.nonFatal, 'non-fatal'],
  ] as const;
  return more.filter(([count]) => count > 0).map(([count, severity]) => `${count} more ${severity}`);
}

/** A function that somebody has open while no VM should have it: the next VM would be refused. */
export function heldDepartures({ edges }: CycleRecord, address: PciAddress): Look[] {
  return (['before', 'after'] as const).flatMap((name): Look[] => {
    const edge = edges[name];
    const holder = edge?.holders?.find(({ functions }) => functions.includes(address));
    if (edge === undefined || holder === undefined) return [];
    const when = name === 'before' ? 'before the VM started' : 'after it stopped';
    const reading = `${holder.command} (pid ${holder.pid}) has ${holder.file} open ${when}`;
    return [{ departures: [{ symptom: 'still-held', reading }], n: edge.n }];
  });
}

/**
 * A function that had lost its driver between two cycles, or got a foreign one: it may be back on the right one after the cycle, because
 * the VM manager binds what it needs.
 *
 * @param driverAfterStop the driver that a stop leaves it with; null where that is none.
 */
export function driverDepartures(
  { edges }: CycleRecord,
  before: FunctionHealth | undefined,
  reference: FunctionHealth | undefined,
  driverAfterStop: string | null | undefined,
): Look[] {
  if (edges.before === undefined || reference === undefined || before?.present !== true) return [];
  if (before.driver === reference.driver || before.driver === (driverAfterStop ?? null)) return [];
  const reading = `driver ${before.driver ?? 'none'} before the VM started, expected ${driverAfterStop ?? 'none'}`;
  return [{ departures: [{ symptom: 'wrong-driver', reading }], n: edges.before.n }];
}

/** What the guest said of the function while it ran. A guest that proved nothing says nothing against it. */
export function guestDepartures({ guest }: CycleRecord, address: PciAddress): Look[] {
  if (guest === undefined || guest.notProven !== undefined) return [];
  const departures = (guest.findings ?? [])
    .filter((finding) => finding.address === address)
    .map(({ symptom, reading }) => ({ symptom, reading }));
  return [{ departures, n: guest.n }];
}
