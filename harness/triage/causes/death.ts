import type { PciAddress } from '../../pci/address.ts';
import type { LogLineId } from '../../pci/kernel-catalogue/catalogue.ts';
import { type Evidence, placeOf } from '../evidence.ts';
import type { Told } from '../fault-tally.ts';
import { type Machine, slotOf } from '../machine.ts';
import { type Case, firsts } from './cause.ts';

/** Lines that say that nobody answers for a function. */
const deadly: readonly LogLineId[] = [
  'reset-gave-up',
  'flr-no-return',
  'header-type-unknown',
  'libvirt-header-dead',
  'power-state-stuck',
  'power-state-refused',
  'power-state-refused-5.15',
  'power-state-inaccessible',
  'power-state-inaccessible-5.15',
  'config-inaccessible',
  'config-restore-dead',
  'vfio-cap-dead',
  'vendor-reset-failed',
  'xhci-dead',
  'nvidia-fell-off',
  'amd-iotlb-timeout',
  'bus-error-inaccessible',
];
/** Fewer restores are usual with some GPUs. */
const restoreStorm = 40;
/** The functions of one slot that died, with all that was told of them: a GPU and its audio die together. */
export interface Death {
  readonly machine: Machine;
  readonly addresses: readonly PciAddress[];
  /** The first of them, which stands for all. */
  readonly address: PciAddress;
  readonly ids: readonly string[];
  readonly told: readonly Told[];
  /** The lines that show a header of all ones. */
  readonly headers: readonly Evidence[];
  /** What the kernel had done when it gave up waiting. */
  readonly after: ReadonlySet<string>;
}

/** Every slot that holds a function which the texts call dead. */
export function deathsIn({ machine, told }: Case): Death[] {
  const bySlot = new Map<string, { told: Told[]; headers: Evidence[]; addresses: Set<PciAddress> }>();
  const at = (address: PciAddress): { told: Told[]; headers: Evidence[]; addresses: Set<PciAddress> } => {
    const slot = slotOf(address);
    const known = bySlot.get(slot) ?? { told: [], headers: [], addresses: new Set() };
    bySlot.set(slot, known);
    known.addresses.add(address);
    return known;
  };
  for (const one of told) {
    const storm = one.line.id === 'vfio-bar-restore' && one.count >= restoreStorm;
    if (one.device !== undefined && (storm || deadly.includes(one.line.id))) at(one.device).told.push(one);
  }
  for (const [address, { dead }] of machine.functions) if (dead !== undefined) at(address).headers.push(dead);
  return [...bySlot.values()].flatMap(({ told: lines, headers, addresses: found }) => {
    const addresses = [...found].sort();
    const [address] = addresses;
    if (address === undefined) return [];
    const ids = addresses.flatMap((one) => machine.functions.get(one)?.id ?? []);
    const after = new Set(lines.flatMap(({ fields }) => fields['after'] ?? []));
    return [{ machine, addresses, address, ids, told: lines, headers, after }];
  });
}

/** The lines that call it dead, each once. */
export function linesOf({ told, headers }: Death): Evidence[] {
  const all = new Map([...firsts(told), ...headers].map((line) => [placeOf(line), line]));
  return [...all.values()];
}
