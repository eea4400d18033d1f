import type { PciAddress } from '../../pci/address.ts';
import type { DeathCause, Machine } from '../machine.ts';

/** What was truly so of a function at one moment. */
export interface FunctionTruth {
  readonly function: PciAddress;
  /** False where the kernel has dropped it from its listing. */
  readonly present: boolean;
  /** Everything that keeps it from answering; empty while it is alive. */
  readonly deadOf: readonly DeathCause[];
  readonly driver: string | null;
  readonly group: number | null;
}

export function functionTruth(machine: Machine, address: PciAddress): FunctionTruth {
  const present = machine.isPresent(address);
  return {
    function: address,
    present,
    deadOf: machine.whyDead(address),
    driver: machine.driver(address),
    group: present ? (machine.group(address) ?? null) : null,
  };
}
