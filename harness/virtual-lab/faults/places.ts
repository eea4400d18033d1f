import { parsePciAddress, type PciAddress } from '../../pci/address.ts';
import { boardPorts } from '../machine/board.ts';

/** Where a fault can be: a function of the board, or the port above functions. */
export interface Place {
  /** The root port: the one named, or the one above the function. */
  readonly port: PciAddress;
  /** Absent where the port itself is named. */
  readonly function?: PciAddress;
  /** All functions below the port; an empty port has none. */
  readonly below: readonly PciAddress[];
}

/** Every place of the board by its address. */
export function boardPlaces(): ReadonlyMap<PciAddress, Place> {
  const places = new Map<PciAddress, Place>();
  let nextBus = 1;
  for (const { address, reservedBuses = 0, functions } of boardPorts) {
    // Firmware numbers the buses depth first and keeps the reserved ones free (pci_bios_init_bus in SeaBIOS).
    const bus = nextBus;
    nextBus += 1 + reservedBuses;
    const port = portAddress(address);
    const below = functions.map(({ number }) => pciAddress(bus, 0, number));
    places.set(port, { port, below });
    for (const of of below) places.set(of, { port, function: of, below });
  }
  return places;
}

/** @param qemuAddress slot and function on the root bus in QEMU's spelling, `0x2.0x3`. */
function portAddress(qemuAddress: string): PciAddress {
  const [slot = 0, number = 0] = qemuAddress.split('.').map((part) => Number.parseInt(part, 16));
  return pciAddress(0, slot, number);
}

function pciAddress(bus: number, slot: number, number: number): PciAddress {
  const hex = (value: number): string => value.toString(16).padStart(2, '0');
  const address = parsePciAddress(`0000:${hex(bus)}:${hex(slot)}.${number}`);
  if (address === undefined)
    throw new RangeError(`the board has an address that PCI has not: ${bus}:${slot}.${number}`);
  return address;
}
