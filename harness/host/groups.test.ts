import { describe, expect, it } from 'vitest';
import type { GroupsReading, UsageReading } from '../observer/protocol.ts';
import { parsePciAddress, type PciAddress } from '../pci/address.ts';
import { passthroughGroups, splitGate } from './groups.ts';

/** Groups of the chipset as a Crosshair VII Hero with BIOS 2901 has them without the override (linux-hardware.org probe 28738FC201, seed's bus numbers). */
const lumped: GroupsReading = [
  { address: '0000:03:00.0', group: 15, vendorDevice: '1022:43d0', classCode: '0x0c0330', driver: 'xhci_hcd' },
  { address: '0000:03:00.1', group: 15, vendorDevice: '1022:43c8', classCode: '0x010601', driver: 'ahci' },
  { address: '0000:03:00.2', group: 15, vendorDevice: '1022:43c6', classCode: '0x060400', driver: 'pcieport' },
  { address: '0000:06:00.0', group: 15, vendorDevice: '8086:1539', classCode: '0x020000', driver: 'igb' },
  { address: '0000:2c:00.3', group: 20, vendorDevice: '1022:145f', classCode: '0x0c0330', driver: 'xhci_hcd' },
  { address: '0000:01:00.0', group: 14, vendorDevice: '144d:a808', classCode: '0x010802', driver: 'nvme' },
];

const usage: UsageReading = {
  blockDevices: [
    {
      name: 'sda',
      sysfsPath: '/sys/devices/pci0000:00/0000:00:01.3/0000:03:00.1/ata1/host0/target0:0:0/0:0:0:0/block/sda',
      partitions: ['sda1', 'sda2'],
      slaves: [],
      mapperName: null,
    },
    {
      name: 'sdb',
      sysfsPath: '/sys/devices/pci0000:00/0000:00:01.3/0000:03:00.1/ata2/host1/block/sdb',
      partitions: ['sdb1'],
      slaves: [],
      mapperName: null,
    },
    {
      name: 'dm-0',
      sysfsPath: '/sys/devices/virtual/block/dm-0',
      partitions: [],
      slaves: ['sda2'],
      mapperName: 'pve-root',
    },
  ],
  networkInterfaces: [
    {
      name: 'enp6s0',
      sysfsPath: '/sys/devices/pci0000:00/0000:00:01.3/0000:03:00.2/0000:06:00.0/net/enp6s0',
      operState: 'up',
    },
  ],
  mounts: [
    { source: '/dev/mapper/pve-root', target: '/' },
    { source: '/dev/sda1', target: '/boot/efi' },
  ],
  swaps: ['/dev/sdb1'],
};

const addresses = (...texts: string[]): ReadonlySet<PciAddress> =>
  new Set(texts.flatMap((text) => parsePciAddress(text) ?? []));

describe('the split', () => {
  it('names each foreign member with its driver and what the host would lose', () => {
    const passedThrough = addresses('03:00.0', '2c:00.3');
    const gate = splitGate(passthroughGroups(lumped, usage, passedThrough), passedThrough);

    expect(gate).toEqual({
      gate: 'split',
      passed: false,
      findings: [
        '03:00.0 shares IOMMU group 15 with 03:00.1 [1022:43c8] SATA controller, driver ahci: disk sda, mounted at /, /boot/efi; disk sdb, swapped on',
        '03:00.0 shares IOMMU group 15 with 06:00.0 [8086:1539] network controller, driver igb: network interface enp6s0 (up)',
      ],
    });
  });

  it('is open where a group holds only what the VM owns, and bridges', () => {
    const split = lumped.map((reading, group) => ({ ...reading, group }));
    const passedThrough = addresses('03:00.0', '2c:00.3');
    const groups = passthroughGroups(split, usage, passedThrough);

    expect(splitGate(groups, passedThrough)).toEqual({ gate: 'split', passed: true, findings: [] });
    expect(groups.map(({ members }) => members.length)).toEqual([1, 1]);
  });

  it('does not count a port in the group as foreign', () => {
    const withPort = lumped.filter(({ address }) => ['0000:03:00.0', '0000:03:00.2'].includes(address));
    const passedThrough = addresses('03:00.0');

    expect(splitGate(passthroughGroups(withPort, usage, passedThrough), passedThrough).passed).toBe(true);
  });

  it('refuses a function that is in no group: without an IOMMU there is nothing to prove', () => {
    const passedThrough = addresses('2b:00.0');
    const gate = splitGate(passthroughGroups(lumped, usage, passedThrough), passedThrough);

    expect(gate.passed).toBe(false);
    expect(gate.findings).toEqual(['2b:00.0 is in no IOMMU group: is the IOMMU on?']);
  });
});
