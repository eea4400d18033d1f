import type { BoardFunction } from './board.ts';

/** Size of the conventional config space, all that the twin's functions have. */
export const configBytes = 256;

const powerManagementCap = 0x50;
const expressCap = 0x58;
/** Bits of the PCI Express capability (include/uapi/linux/pci_regs.h, PCI_EXP_*). */
const express = {
  slotImplemented: 0x0100,
  reportsLinkActive: 0x10_0000,
  linkDisable: 0x0010,
  linkActive: 0x2000,
  powerController: 0x0002,
  powerOff: 0x0400,
} as const;
const portTypeCode: Readonly<Record<BoardFunction['type'], number>> = {
  endpoint: 0x0,
  'legacy-endpoint': 0x1,
  'root-port': 0x4,
  'upstream-port': 0x5,
  'downstream-port': 0x6,
  'pcie-to-pci-bridge': 0x7,
  conventional: 0x0,
};
const speedCode = new Map([
  ['2.5 GT/s PCIe', 1],
  ['5.0 GT/s PCIe', 2],
  ['8.0 GT/s PCIe', 3],
]);

/** A port as it stands now. */
export interface PortCondition {
  /** Secondary and subordinate bus; zeros are what the AGESA fault leaves. */
  readonly buses: readonly [number, number];
  readonly slotPoweredOff: boolean;
  readonly linkDown: boolean;
}

/**
 * Config space of a living function: header (PCI Local Bus spec 3.0, 6.1), power management and PCI Express capabilities.
 *
 * @param port null for a function that is no bridge
 */
export function configSpace(fn: BoardFunction, multifunction: boolean, port: PortCondition | null): Buffer {
  const bytes = Buffer.alloc(configBytes);
  const [vendor = '0', device = '0'] = fn.id.split(':');
  bytes.writeUInt16LE(Number.parseInt(vendor, 16), 0x00);
  bytes.writeUInt16LE(Number.parseInt(device, 16), 0x02);
  bytes.writeUInt16LE(port === null ? 0x0000 : 0x0407, 0x04);
  bytes.writeUInt16LE(0x0010, 0x06);
  bytes.writeUInt8(fn.revision, 0x08);
  bytes.writeUIntLE(fn.classCode, 0x09, 3);
  bytes.writeUInt8((port === null ? 0x00 : 0x01) | (multifunction ? 0x80 : 0x00), 0x0e);
  if (port !== null) {
    bytes.writeUInt8(Number.parseInt(fn.address.slice(5, 7), 16), 0x18);
    bytes.writeUInt8(port.buses[0], 0x19);
    bytes.writeUInt8(port.buses[1], 0x1a);
  } else {
    bytes.writeUInt16LE(Number.parseInt(vendor, 16), 0x2c);
    bytes.writeUInt16LE(Number.parseInt(device, 16), 0x2e);
  }
  bytes.writeUInt8(powerManagementCap, 0x34);
  bytes.writeUInt8(0x01, powerManagementCap);
  bytes.writeUInt16LE(0x0003, powerManagementCap + 2);
  const noSoftReset = fn.resetMethods.includes('pm') ? 0x0000 : 0x0008;
  bytes.writeUInt16LE(noSoftReset, powerManagementCap + 4);
  if (fn.type !== 'conventional') {
    bytes.writeUInt8(expressCap, powerManagementCap + 1);
    bytes.writeUInt8(0x10, expressCap);
    bytes.writeUInt16LE((portTypeCode[fn.type] << 4) | (fn.slot ? express.slotImplemented : 0) | 0x2, expressCap + 2);
    bytes.writeUInt32LE(fn.resetMethods.includes('flr') ? 0x1000_0000 : 0, expressCap + 4);
    const link = ((fn.link?.width ?? 0) << 4) | (speedCode.get(fn.link?.speed ?? '') ?? 0);
    bytes.writeUInt32LE(link | (fn.slot ? express.reportsLinkActive : 0), expressCap + 0x0c);
    bytes.writeUInt16LE(link, expressCap + 0x12);
    if (port !== null) writePort(bytes, fn.slot, port, link);
  }
  return bytes;
}

/** The port's own words on the link and the slot below it. A port within the chip has no slot and never tells whether its link is active. */
function writePort(bytes: Buffer, slot: boolean, port: PortCondition, link: number): void {
  const linkIsUp = !port.linkDown && !port.slotPoweredOff;
  bytes.writeUInt16LE(port.linkDown ? express.linkDisable : 0, expressCap + 0x10);
  bytes.writeUInt16LE((port.linkDown ? 0 : link) | (slot && linkIsUp ? express.linkActive : 0), expressCap + 0x12);
  if (!slot) return;
  bytes.writeUInt32LE(express.powerController, expressCap + 0x14);
  bytes.writeUInt16LE(port.slotPoweredOff ? express.powerOff : 0, expressCap + 0x18);
}

/** What a port's config space says of it: the reverse of {@link configSpace}. @param slot the port has one */
export function conditionOf(bytes: Buffer, slot: boolean): PortCondition {
  return {
    buses: [bytes.readUInt8(0x19), bytes.readUInt8(0x1a)],
    slotPoweredOff: slot && (bytes.readUInt16LE(expressCap + 0x18) & express.powerOff) !== 0,
    linkDown: (bytes.readUInt16LE(expressCap + 0x10) & express.linkDisable) !== 0,
  };
}

/** What the root complex returns where nobody answers. */
export const deadConfigSpace: Buffer = Buffer.alloc(configBytes, 0xff);
