declare const pciAddressBrand: unique symbol;

/** Full address of one PCI function in the kernel's spelling, `dddd:bb:dd.f`, lower case: `0000:2b:00.0`. */
export type PciAddress = string & { readonly [pciAddressBrand]: true };

const shape = /^(?:([0-9a-f]{4,8}):)?([0-9a-f]{2}):([01][0-9a-f])\.([0-7])$/i;

function isPciAddress(text: string): text is PciAddress {
  return shape.test(text);
}

/**
 * Reads `0000:2b:00.0` or the short form `2b:00.0` (domain 0000, as lspci prints it).
 *
 * @returns undefined where the text is no address of one function; `2b:00` (a whole slot) is none.
 */
export function parsePciAddress(text: string): PciAddress | undefined {
  const match = shape.exec(text);
  if (match === null) return undefined;
  const [, domain = '0000', bus, slot, fn] = match;
  const address = `${domain}:${String(bus)}:${String(slot)}.${String(fn)}`.toLowerCase();
  return isPciAddress(address) ? address : undefined;
}

/** The form people type and lspci prints: `2b:00.0`; the domain stays where it is not 0000. */
export function shortAddress(address: PciAddress): string {
  return address.startsWith('0000:') ? address.slice('0000:'.length) : address;
}
