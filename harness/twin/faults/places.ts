import type { PciAddress } from '../../pci/address.ts';
import type { Place } from '../../virtual-lab/faults/places.ts';
import { crosshairViiHero } from '../board.ts';

/** Every place of the twin's board by its address: each port, and each function below one. */
export function twinPlaces(): ReadonlyMap<PciAddress, Place> {
  const places = new Map<PciAddress, Place>();
  for (const { address: port, buses } of crosshairViiHero) {
    if (buses === null) continue;
    const below = crosshairViiHero.filter(({ parent }) => parent === port).map(({ address }) => address);
    places.set(port, { port, below });
    for (const of of below) if (!places.has(of)) places.set(of, { port, function: of, below });
  }
  return places;
}

/** Whether the power of a slot below the port can be cut. */
export function hasSlot(port: PciAddress): boolean {
  return crosshairViiHero.some(({ address, slot }) => address === port && slot);
}
