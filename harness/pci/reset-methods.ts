import type { PciAddress } from './address.ts';
import type { PciTree, TreeFunction } from './reset-scope.ts';

/** The other functions on the bus of a function; none for one on a root bus, which is never reset. */
export function busNeighbours(tree: PciTree, address: PciAddress): TreeFunction[] {
  const parent = tree.find((one) => one.address === address)?.parent ?? null;
  return parent === null ? [] : tree.filter((one) => one.parent === parent && one.address !== address);
}

/**
 * Which of the methods in `reset_method` the kernel would really use. It looks for them when it finds a function, and function 0 is
 * found before its neighbours: `bus` stays in its list, and is refused with ENOTTY ("Inappropriate ioctl for device") ever after
 * (drivers/pci/pci.c: pci_init_reset_methods, pci_parent_bus_reset).
 */
export function usableResetMethods(listed: readonly string[], neighbours: readonly TreeFunction[]): string[] {
  return listed.filter((method) => method !== 'bus' || neighbours.length === 0);
}
