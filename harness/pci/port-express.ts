/** What a port's PCI Express capability says of the link and the slot below it. */
export interface PortExpress {
  /** The port has been told to take its link down. */
  readonly linkDisabled: boolean;
  /** The link works; undefined where the port does not report it: its bit is zero then, whatever the link does. */
  readonly linkActive: boolean | undefined;
  /** Lanes of the link as it was negotiated; 0 where nobody answered. */
  readonly linkWidth: number;
  /** The slot has been told to be without power; undefined where the port has no slot, or nothing that could switch it. */
  readonly slotPoweredOff: boolean | undefined;
}

/** Bytes that are needed: from the capability's header to Slot Status. */
export const expressBytes = 28;

/** Offsets, in bytes, within the capability, and bits (include/uapi/linux/pci_regs.h, PCI_EXP_*). */
const flags = { offset: 0x02, typeShift: 4, typeMask: 0xf, slotImplemented: 1 << 8 } as const;
const linkCapabilities = { offset: 0x0c, reportsActive: 1 << 20 } as const;
const linkControl = { offset: 0x10, disable: 1 << 4 } as const;
const linkStatus = { offset: 0x12, widthShift: 4, widthMask: 0x3f, active: 1 << 13 } as const;
const slotCapabilities = { offset: 0x14, powerController: 1 << 1 } as const;
const slotControl = { offset: 0x18, powerOff: 1 << 10 } as const;

/**
 * Root port, downstream port of a switch, PCI to PCI Express bridge: types whose link leads down, as pcie_downstream_port() in
 * drivers/pci/pci.h has them. The registers of any other bridge tell of the link above it.
 */
const typesWithLinkBelow: ReadonlySet<number> = new Set([0x4, 0x6, 0x8]);

/** @returns undefined where the text is not hex of the whole capability, or is that of a bridge whose link does not lead down. */
export function parsePortExpress(hex: string): PortExpress | undefined {
  if (!/^[0-9a-f]*$/i.test(hex) || hex.length < expressBytes * 2) return undefined;
  const bytes = Buffer.from(hex, 'hex');
  const caps = bytes.readUInt16LE(flags.offset);
  if (!typesWithLinkBelow.has((caps >> flags.typeShift) & flags.typeMask)) return undefined;
  const status = bytes.readUInt16LE(linkStatus.offset);
  const reportsActive = (bytes.readUInt32LE(linkCapabilities.offset) & linkCapabilities.reportsActive) !== 0;
  const hasSlotPower =
    (caps & flags.slotImplemented) !== 0 &&
    (bytes.readUInt32LE(slotCapabilities.offset) & slotCapabilities.powerController) !== 0;
  return {
    linkDisabled: (bytes.readUInt16LE(linkControl.offset) & linkControl.disable) !== 0,
    linkActive: reportsActive ? (status & linkStatus.active) !== 0 : undefined,
    linkWidth: (status >> linkStatus.widthShift) & linkStatus.widthMask,
    // Without a power controller the bit may read anything (PCI Express Base spec 4.0, 7.5.3.10).
    slotPoweredOff: hasSlotPower ? (bytes.readUInt16LE(slotControl.offset) & slotControl.powerOff) !== 0 : undefined,
  };
}
