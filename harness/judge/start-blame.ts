import { departuresFrom } from '../pci/departures.ts';
import type { PciAddress } from '../pci/address.ts';
import { makesUnusable } from '../pci/symptoms.ts';
import type { CellBaseline, CycleRecord } from './cycle-record.ts';

/**
 * Who kept the VM from starting: the functions that were unusable before the start, or that the VM manager named when it failed.
 * Empty where the start went well, or failed for a reason that names no function.
 */
export function startBlame(record: CycleRecord, baseline: CellBaseline): PciAddress[] {
  const start = record.acts['vm-start'];
  if (start === undefined || start.ok) return [];
  return baseline.functions
    .map(({ address }) => address)
    .filter((address) => {
      const reference = baseline.edge.functions.get(address);
      const before = record.edges.before?.functions.get(address);
      const wasUnusable =
        reference !== undefined &&
        before !== undefined &&
        departuresFrom(reference, before, { driver: undefined }).some(({ symptom }) => makesUnusable(symptom));
      return wasUnusable || refusalLine(start.output ?? '', address) !== undefined;
    });
}

/** The line in which QEMU or Proxmox gives this function as the reason of a failed start (hw/vfio/pci.c, PVE/QemuServer/PCI.pm). */
export function refusalLine(output: string, address: PciAddress): string | undefined {
  return output
    .split('\n')
    .map((line) => line.trim())
    .find((line) => line.includes(address) && /\bvfio\b|\bhostpci\d|PCI device/.test(line) && !isHarmless(line));
}

/** Said at good starts as well: a bus reset that is refused because the bus is shared, a reset file that has no method behind it. */
function isHarmless(line: string): boolean {
  return /Cannot reset device|but trying to continue/.test(line);
}
