import type { PciAddress } from '../pci/address.ts';
import { makesUnusable } from '../pci/symptoms.ts';
import type { CellBaseline, CycleRecord } from './cycle-record.ts';
import { knownDepartures } from './known-departures.ts';
import { refusalLine } from './start-lines.ts';

/**
 * Who kept the VM from starting: the functions that were unusable around the start, or that the VM manager named when it failed.
 * Empty where the start went well, or failed for a reason that names no function.
 */
export function startBlame(record: CycleRecord, baseline: CellBaseline): PciAddress[] {
  const start = record.acts['vm-start'];
  if (start === undefined || start.ok) return [];
  return baseline.functions
    .map(({ address }) => address)
    .filter(
      (address) => wasUnusable(record, baseline, address) || refusalLine(start.output ?? '', address) !== undefined,
    );
}

function wasUnusable(record: CycleRecord, baseline: CellBaseline, address: PciAddress): boolean {
  const reference = baseline.edge?.functions.get(address);
  return [record.edges.before, record.edges.after].some((edge) => {
    const health = edge?.functions.get(address);
    if (reference === undefined || health === undefined) return false;
    return knownDepartures(reference, health, undefined).some(({ symptom }) => makesUnusable(symptom));
  });
}
