/**
 * The board of the virtual lab: a ROG Crosshair VII Hero as far as passthrough can tell.
 *
 * Functions sit at the addresses that the seed's host has; their ids are those of the QEMU devices that stand in, since
 * QEMU 7.2 lets no emulated device but vfio-pci take another id.
 */

/** A root port and the functions below it, in one slot. */
export interface BoardPort {
  readonly id: string;
  /** Bus that the port is on: the chipset's or the CPU's. */
  readonly bus: 'pcie.0' | 'cpu';
  /** Slot and function of the port on its bus. */
  readonly address: string;
  readonly multifunction?: true;
  readonly functions: readonly BoardFunction[];
}

export interface BoardFunction {
  /** Function number in the slot; 0 must exist where there are others. */
  readonly number: number;
  /** QEMU device and its properties besides the place. */
  readonly device: string;
  /** Gives an HDA controller a codec, without which its driver has nothing to drive. */
  readonly codec?: true;
}

/**
 * First bus number behind the expander that stands for the CPU's root ports. Firmware numbers the buses in order, so
 * the three ports get 2b, 2c and 2d; the two empty ports of the chipset take 01 and 02, so that the third gets 03.
 */
export const cpuBusNumber = 0x2a;

export const boardPorts: readonly BoardPort[] = [
  { id: 'empty1', bus: 'pcie.0', address: '0x2.0x0', multifunction: true, functions: [] },
  { id: 'empty2', bus: 'pcie.0', address: '0x2.0x1', functions: [] },
  {
    id: 'chipset', // 03:00
    bus: 'pcie.0',
    address: '0x2.0x3',
    functions: [
      { number: 0, device: 'qemu-xhci' },
      { number: 1, device: 'ich9-ahci' },
    ],
  },
  {
    id: 'graphics', // 2b:00, the graphics card
    bus: 'cpu',
    address: '0x0',
    functions: [
      { number: 0, device: 'bochs-display' },
      { number: 1, device: 'intel-hda', codec: true },
    ],
  },
  {
    id: 'cpu1', // 2c:00
    bus: 'cpu',
    address: '0x1',
    functions: [
      { number: 0, device: 'pci-testdev' },
      { number: 3, device: 'qemu-xhci' },
    ],
  },
  {
    id: 'cpu2', // 2d:00
    bus: 'cpu',
    address: '0x2',
    functions: [
      { number: 0, device: 'pci-testdev' },
      { number: 2, device: 'ich9-ahci' },
      { number: 3, device: 'intel-hda', codec: true },
    ],
  },
];

/** What the firmware of the board says about itself (SMBIOS types 0, 1 and 2), read back in `/sys/class/dmi/id`. */
export const boardIdentity = {
  firmwareVendor: 'American Megatrends Inc.',
  vendor: 'ASUSTeK COMPUTER INC.',
  product: 'ROG CROSSHAIR VII HERO',
  /** BIOS version unless another is asked for. */
  defaultBios: '2304',
} as const;
