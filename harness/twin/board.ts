import { parsePciAddress, type PciAddress } from '../pci/address.ts';

/** Device/port type of the PCI Express capability (PCI Express Base spec 7.5.3.2), and what has no such capability. */
export type PortType =
  | 'endpoint'
  | 'legacy-endpoint'
  | 'root-port'
  | 'upstream-port'
  | 'downstream-port'
  | 'pcie-to-pci-bridge'
  | 'conventional';

export interface BoardFunction {
  readonly address: PciAddress;
  /** `10de:1c82`, as lspci -n prints it. */
  readonly id: string;
  /** Base class, sub-class and programming interface: 0x0c0330. */
  readonly classCode: number;
  readonly revision: number;
  readonly type: PortType;
  /** It has an Access Control Services capability. AMD's Zeppelin functions have one with every bit zero, which the kernel takes for isolated. */
  readonly acs: boolean;
  /** The driver that the host gives it at boot. */
  readonly driver: string | null;
  /** The port that it hangs from; null on the root bus. */
  readonly parent: PciAddress | null;
  /** Buses below a bridge: secondary and subordinate. */
  readonly buses: readonly [number, number] | null;
  /** A port leads to a slot whose power can be switched off; the board's own slots may not be able to do that. */
  readonly slot: boolean;
  readonly link: { readonly speed: string; readonly width: number } | null;
  /** What `reset_method` reads, in the kernel's order; empty where the kernel makes no such attribute. */
  readonly resetMethods: readonly string[];
  /** The AMD host bridge and the IOMMU itself are in no group. */
  readonly grouped: boolean;
}

/** An address that is written in the source. @throws TypeError where it is none */
export function pci(text: string): PciAddress {
  const address = parsePciAddress(text);
  if (address === undefined) throw new TypeError(`${text} is no PCI address`);
  return address;
}

type Extra = Partial<Omit<BoardFunction, 'address' | 'id' | 'classCode' | 'parent'>> & { readonly under?: string };

function fn(address: string, id: string, classCode: number, extra: Extra = {}): BoardFunction {
  const { under, ...rest } = extra;
  return {
    address: pci(address),
    id,
    classCode,
    revision: 0,
    type: 'conventional',
    acs: false,
    driver: null,
    parent: under === undefined ? null : pci(under),
    buses: null,
    slot: false,
    link: null,
    resetMethods: [],
    grouped: true,
    ...rest,
  };
}

const gen3 = (width: number) => ({ speed: '8.0 GT/s PCIe', width });
const gen1 = (width: number) => ({ speed: '2.5 GT/s PCIe', width });
const port = (type: PortType, first: number, last: number, width: number, acs: boolean, under?: string): Extra => ({
  type,
  acs,
  driver: 'pcieport',
  buses: [first, last],
  slot: type === 'root-port',
  link: gen3(width),
  ...(under === undefined ? {} : { under }),
});
const onChip = (under: string, driver: string | null, extra: Extra = {}): Extra => ({
  under,
  driver,
  type: 'endpoint',
  acs: true,
  link: gen3(16),
  ...extra,
});
const inChipset = (under: string, driver: string | null, extra: Extra = {}): Extra => ({
  under,
  driver,
  type: 'legacy-endpoint',
  revision: 0x02,
  link: gen3(4),
  ...extra,
});

const dummyHostBridge = '1022:1452';
const dataFabric = Array.from({ length: 8 }, (_, index) =>
  fn(`00:18.${index}`, `1022:146${index}`, 0x060000, { driver: index === 3 ? 'k10temp' : null }),
);

/**
 * A ROG CROSSHAIR VII HERO with a Ryzen 7 2700X, in the order in which the kernel adds its functions: the root bus first, then each
 * bus below it. Ids, reset capabilities and ACS are those of linux-hardware.org probes 28738FC201 and 609C071902 of this board,
 * at the addresses of thelastguardian.me/posts/2020-07-21-vfio-ryzen-2ndgen-usb-flr-reset.
 */
export const crosshairViiHero: readonly BoardFunction[] = [
  fn('00:00.0', '1022:1450', 0x060000, { grouped: false }),
  fn('00:00.2', '1022:1451', 0x080600, { grouped: false }),
  fn('00:01.0', dummyHostBridge, 0x060000),
  fn('00:01.1', '1022:1453', 0x060400, port('root-port', 0x01, 0x01, 4, true)),
  fn('00:01.3', '1022:1453', 0x060400, port('root-port', 0x03, 0x2a, 4, true)),
  fn('00:02.0', dummyHostBridge, 0x060000),
  fn('00:03.0', dummyHostBridge, 0x060000),
  fn('00:03.1', '1022:1453', 0x060400, port('root-port', 0x2b, 0x2b, 16, true)),
  fn('00:04.0', dummyHostBridge, 0x060000),
  fn('00:07.0', dummyHostBridge, 0x060000),
  fn('00:07.1', '1022:1454', 0x060400, { ...port('root-port', 0x2c, 0x2c, 16, true), slot: false }),
  fn('00:08.0', dummyHostBridge, 0x060000),
  fn('00:08.1', '1022:1454', 0x060400, { ...port('root-port', 0x2d, 0x2d, 16, true), slot: false }),
  fn('00:14.0', '1022:790b', 0x0c0500, { revision: 0x59, driver: 'piix4_smbus' }),
  fn('00:14.3', '1022:790e', 0x060100, { revision: 0x51 }),
  ...dataFabric,
  fn('01:00.0', '144d:a808', 0x010802, {
    ...onChip('00:01.1', 'nvme', { acs: false, link: gen3(4) }),
    resetMethods: ['flr', 'bus'],
  }),
  fn('03:00.0', '1022:43d0', 0x0c0330, inChipset('00:01.3', 'xhci_hcd', { revision: 0x01 })),
  fn('03:00.1', '1022:43c8', 0x010601, inChipset('00:01.3', 'ahci', { revision: 0x01 })),
  fn('03:00.2', '1022:43c6', 0x060400, { ...port('upstream-port', 0x20, 0x2a, 4, false, '00:01.3'), revision: 0x01 }),
  fn('20:00.0', '1022:43c7', 0x060400, { ...port('downstream-port', 0x21, 0x22, 1, false, '03:00.2'), revision: 0x01 }),
  fn('20:01.0', '1022:43c7', 0x060400, { ...port('downstream-port', 0x23, 0x23, 1, false, '03:00.2'), revision: 0x01 }),
  fn('20:04.0', '1022:43c7', 0x060400, { ...port('downstream-port', 0x24, 0x24, 4, false, '03:00.2'), revision: 0x01 }),
  fn('21:00.0', '1a03:1150', 0x060400, {
    type: 'pcie-to-pci-bridge',
    revision: 0x04,
    under: '20:00.0',
    buses: [0x22, 0x22],
    link: gen1(1),
  }),
  fn('22:00.0', '1a03:2000', 0x030000, { revision: 0x41, driver: 'ast', under: '21:00.0' }),
  fn('23:00.0', '8086:1539', 0x020000, {
    type: 'endpoint',
    revision: 0x03,
    driver: 'igb',
    under: '20:01.0',
    link: gen1(1),
    resetMethods: ['flr', 'bus'],
  }),
  fn('2b:00.0', '10de:1c82', 0x030000, onChip('00:03.1', 'nouveau', { acs: false, revision: 0xa1 })),
  fn('2b:00.1', '10de:0fb9', 0x040300, onChip('00:03.1', 'snd_hda_intel', { acs: false, revision: 0xa1 })),
  fn('2c:00.0', '1022:145a', 0x130000, onChip('00:07.1', null)),
  fn('2c:00.2', '1022:1456', 0x108000, onChip('00:07.1', 'ccp')),
  fn('2c:00.3', '1022:145f', 0x0c0330, onChip('00:07.1', 'xhci_hcd', { resetMethods: ['pm'] })),
  fn('2d:00.0', '1022:1455', 0x130000, onChip('00:08.1', null)),
  fn('2d:00.2', '1022:7901', 0x010601, onChip('00:08.1', 'ahci', { revision: 0x51 })),
  fn('2d:00.3', '1022:1457', 0x040300, onChip('00:08.1', 'snd_hda_intel')),
];

/** What the host itself needs of this board: losing one of them costs it its root disk or its network. */
export const hostLifelines = { rootDisk: pci('03:00.1'), network: pci('23:00.0') } as const;
