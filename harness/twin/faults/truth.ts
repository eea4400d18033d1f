import type { PciAddress } from '../../pci/address.ts';
import type { Machine } from '../machine.ts';
import type { FunctionTruth } from '../record.ts';

/** What is truly so of a function now. */
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
