import type { PciAddress } from '../pci/address.ts';
import type { BoardFunction } from './board.ts';

/** What `pcie_acs_override=` on the command line asks of the kernel patch of that name. */
export interface AcsOverride {
  readonly downstream: boolean;
  readonly multifunction: boolean;
}

/** The patch's early_param: words apart by commas, unknown ones are ignored; the last option on the line counts for itself. */
export function acsOverride(commandLine: string): AcsOverride | null {
  const option = commandLine.split(/\s+/).findLast((word) => word.startsWith('pcie_acs_override='));
  if (option === undefined) return null;
  const words = option.slice('pcie_acs_override='.length).split(',');
  return { downstream: words.includes('downstream'), multifunction: words.includes('multifunction') };
}

const slotOf = (address: PciAddress): string => address.slice(0, address.lastIndexOf('.'));

/**
 * IOMMU group of every function, as `pci_device_group` of drivers/iommu/iommu.c finds it: walk up to the root bus, join the group of
 * the first port whose path upstream is not isolated, else share with the other functions of the slot that are not isolated either.
 */
export function iommuGroups(
  board: readonly BoardFunction[],
  override: AcsOverride | null,
): ReadonlyMap<PciAddress, number> {
  const byAddress = new Map(board.map((fn) => [fn.address, fn]));
  const functionsInSlot = new Map<string, number>();
  for (const fn of board) functionsInSlot.set(slotOf(fn.address), (functionsInSlot.get(slotOf(fn.address)) ?? 0) + 1);
  const multifunction = (fn: BoardFunction): boolean => (functionsInSlot.get(slotOf(fn.address)) ?? 0) > 1;
  const parentOf = (fn: BoardFunction): BoardFunction | undefined =>
    fn.parent === null ? undefined : byAddress.get(fn.parent);

  const isolated = (fn: BoardFunction): boolean => {
    switch (fn.type) {
      case 'conventional':
      case 'pcie-to-pci-bridge':
        return false;
      case 'root-port':
      case 'downstream-port':
        return fn.acs || override?.downstream === true;
      case 'upstream-port':
      case 'endpoint':
      case 'legacy-endpoint':
        return !multifunction(fn) || fn.acs || override?.multifunction === true;
    }
  };
  const pathIsolated = (port: BoardFunction): boolean => {
    for (let at: BoardFunction | undefined = port; at !== undefined; at = parentOf(at)) {
      if (!isolated(at)) return false;
    }
    return true;
  };

  const groups = new Map<PciAddress, number>();
  let next = 0;
  for (const fn of board) {
    if (!fn.grouped) continue;
    groups.set(fn.address, sharedGroup(fn) ?? next++);
  }
  return groups;

  function sharedGroup(fn: BoardFunction): number | undefined {
    let at = fn;
    for (let port = parentOf(fn); port !== undefined && !pathIsolated(port); port = parentOf(port)) {
      const group = groups.get(port.address);
      if (group !== undefined) return group;
      at = port;
    }
    if (!multifunction(at) || isolated(at)) return undefined;
    const neighbour = board.find(
      (other) => slotOf(other.address) === slotOf(at.address) && !isolated(other) && groups.has(other.address),
    );
    return neighbour === undefined ? undefined : groups.get(neighbour.address);
  }
}
