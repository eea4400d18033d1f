import type { PciAddress } from './address.ts';

/** One function of a host in its tree of buses. */
export interface TreeFunction {
  readonly address: PciAddress;
  /** The port that it hangs below; null on a root bus. */
  readonly parent: PciAddress | null;
  /** `10de:1c82`. */
  readonly vendorDevice: string;
  /** `0x030000`. */
  readonly classCode: string;
  readonly driver: string | null;
}

/** Every function of a host. */
export type PciTree = readonly TreeFunction[];

/** What one act on a port would hit: a secondary bus reset goes through everything below it, however deep. */
export interface ResetScope {
  readonly port: PciAddress;
  /** Functions below the port that are handed to the VM. */
  readonly passedThrough: readonly PciAddress[];
  /** All others below it, with or without a driver: they are the host's. */
  readonly hostOwned: readonly TreeFunction[];
}

/**
 * The scope of a bus reset through a port (PCI-to-PCI Bridge spec 3.2.5.18: Secondary Bus Reset resets the whole hierarchy below).
 * An ACS override splits groups and leaves this as it is: functions of different groups may still share a bus.
 */
export function resetScope(tree: PciTree, port: PciAddress, passedThrough: ReadonlySet<PciAddress>): ResetScope {
  const below: TreeFunction[] = [];
  const ports = new Set([port]);
  // The kernel lists no bridge twice, but a reading from outside may be anything: a function already found is not followed again.
  for (let found = true; found;) {
    found = false;
    for (const one of tree) {
      if (one.parent === null || !ports.has(one.parent) || below.includes(one)) continue;
      below.push(one);
      ports.add(one.address);
      found = true;
    }
  }
  return {
    port,
    passedThrough: below.map(({ address }) => address).filter((address) => passedThrough.has(address)),
    hostOwned: below.filter(({ address }) => !passedThrough.has(address)),
  };
}

/** The port right above a function; undefined for one on a root bus, or that the host does not list. */
export function portAbove(tree: PciTree, address: PciAddress): PciAddress | undefined {
  return tree.find((one) => one.address === address)?.parent ?? undefined;
}
