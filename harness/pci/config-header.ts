/** Bytes of the standard header that every function has (PCI Local Bus spec 3.0, 6.1). */
export const headerBytes = 64;

/** What the first 64 bytes of config space say. */
export interface ConfigHeader {
  readonly vendorId: number;
  readonly deviceId: number;
  /** Header layout without the multifunction bit: 0 endpoint, 1 bridge, 0x7f where all bits read one. */
  readonly headerType: number;
  /** Bus numbers of a bridge (bytes 0x18-0x1a); null for an endpoint. */
  readonly busNumbers: { readonly primary: number; readonly secondary: number; readonly subordinate: number } | null;
}

/** @returns undefined where the text is not hex of at least 64 bytes. */
export function parseConfigHeader(hex: string): ConfigHeader | undefined {
  if (!/^[0-9a-f]*$/i.test(hex) || hex.length < headerBytes * 2) return undefined;
  const byte = (offset: number): number => Number.parseInt(hex.slice(offset * 2, offset * 2 + 2), 16);
  const word = (offset: number): number => byte(offset) | (byte(offset + 1) << 8);
  const headerType = byte(0x0e) & 0x7f;
  return {
    vendorId: word(0),
    deviceId: word(2),
    headerType,
    busNumbers: headerType === 1 ? { primary: byte(0x18), secondary: byte(0x19), subordinate: byte(0x1a) } : null,
  };
}

/**
 * A function that nobody answers for reads as all ones, so its vendor is 0xffff, which the PCI-SIG never gave away
 * (PCI_ERROR_RESPONSE in include/linux/pci.h), and its header type is 0x7f.
 */
export function isDeadConfig(header: ConfigHeader): boolean {
  return header.vendorId === 0xffff || header.headerType === 0x7f;
}

/** `10de:1c82`, as lspci -n prints it. */
export function deviceIdText(header: ConfigHeader): string {
  const hex = (value: number): string => value.toString(16).padStart(4, '0');
  return `${hex(header.vendorId)}:${hex(header.deviceId)}`;
}
