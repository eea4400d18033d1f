/**
 * The board of the virtual lab: a ROG Crosshair VII Hero as far as passthrough can tell.
 *
 * Functions sit at the addresses that the seed's host has; their ids are those of the QEMU devices that stand in, since
 * QEMU 7.2 lets no emulated device but vfio-pci take another id.
 */

/** A root port of the board and the functions below it, in one slot. */
export interface BoardPort {
  readonly id: string;
  /** Slot and function of the port on the root bus. */
  readonly address: string;
  readonly multifunction?: true;
  /** Bus numbers that firmware keeps free behind the port, besides its own. */
  readonly reservedBuses?: number;
  readonly functions: readonly BoardFunction[];
}

export interface BoardFunction {
  /** Function number in the slot; 0 must exist where there are others. */
  readonly number: number;
  /** QEMU device and its properties besides the place. */
  readonly device: string;
}

/**
 * The ports in the order in which firmware numbers the buses behind them: 01 and 02 for the two empty ones, 03 for the
 * chipset's; that one keeps 04 to 2a for itself, as the chipset's own bridges do on the board, so the CPU's get 2b, 2c
 * and 2d. A PCIe expander with a bus number of its own would do as well, but evaluating its interrupt routing table costs
 * half a second of emulated time for each function behind it, at each enable.
 */
export const boardPorts: readonly BoardPort[] = [
  { id: 'empty1', address: '0x2.0x0', multifunction: true, functions: [] },
  { id: 'empty2', address: '0x2.0x1', functions: [] },
  {
    id: 'chipset', // 03:00
    address: '0x2.0x3',
    reservedBuses: 0x2a - 0x03,
    functions: [
      { number: 0, device: 'qemu-xhci' },
      { number: 1, device: 'ich9-ahci' },
    ],
  },
  {
    id: 'graphics', // 2b:00
    address: '0x3',
    functions: [
      { number: 0, device: 'bochs-display' },
      { number: 1, device: 'intel-hda' },
    ],
  },
  {
    id: 'cpu1', // 2c:00
    address: '0x7',
    functions: [
      { number: 0, device: 'pci-testdev' },
      { number: 3, device: 'qemu-xhci' },
    ],
  },
  {
    id: 'cpu2', // 2d:00
    address: '0x8',
    functions: [
      { number: 0, device: 'pci-testdev' },
      { number: 2, device: 'ich9-ahci' },
      { number: 3, device: 'intel-hda' },
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
