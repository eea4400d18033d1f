import type { UsageReading } from '../observer/protocol.ts';
import { type PciAddress, shortAddress } from '../pci/address.ts';
import type { GateResult } from './gate.ts';
import { lifelinesOf } from './usage.ts';

/**
 * No function that the host itself lives on may be handed over, whatever the inventory says: a disk that is mounted or swapped on,
 * a network interface that is up.
 */
export function lifelinesGate(usage: UsageReading, passedThrough: ReadonlySet<PciAddress>): GateResult {
  const findings = [...passedThrough].flatMap((address) =>
    lifelinesOf(usage, address).map(
      (lifeline) => `the inventory hands over ${shortAddress(address)}, but the host lives on it: ${lifeline}`,
    ),
  );
  return { gate: 'lifelines', passed: findings.length === 0, findings };
}
