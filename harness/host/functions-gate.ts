import { parsePciAddress, type PciAddress, shortAddress } from '../pci/address.ts';
import type { GroupsReading } from '../observer/protocol.ts';
import type { GateResult } from './gate.ts';

/** Each function must be where the inventory says, and be what it says: bus numbers move when a card or a BIOS setting does. */
export function functionsGate(
  expected: readonly { readonly address: PciAddress; readonly id: string }[],
  groups: GroupsReading,
): GateResult {
  const found = new Map(groups.map(({ address, vendorDevice }) => [parsePciAddress(address), vendorDevice]));
  const findings = expected.flatMap(({ address, id }) => {
    const got = found.get(address);
    if (got === undefined) return [`${shortAddress(address)} [${id}] is not on the host, or in no IOMMU group`];
    if (got !== id) return [`${shortAddress(address)} is ${got}, the inventory says ${id}`];
    return [];
  });
  return { gate: 'functions', passed: findings.length === 0, findings };
}
