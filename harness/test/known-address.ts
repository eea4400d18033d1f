import { parsePciAddress, type PciAddress } from '../pci/address.ts';

/** An address that a test spells out. */
export function addressOf(text: string): PciAddress {
  const address = parsePciAddress(text);
  if (address === undefined) throw new Error(`"${text}" is no PCI address`);
  return address;
}
