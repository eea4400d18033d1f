import type { UsageReading } from '../observer/protocol.ts';
import type { PciAddress } from '../pci/address.ts';

/** What the host would lose with this function, in words: its disks with their mount points, its network interfaces. */
export function usesOf(usage: UsageReading, address: PciAddress): string[] {
  const hangsOn = (sysfsPath: string): boolean => sysfsPath.split('/').includes(address);
  const disks = usage.blockDevices
    .filter(({ sysfsPath }) => hangsOn(sysfsPath))
    .map(({ name, partitions }) => `disk ${name}${describeUse(usage, [name, ...partitions])}`);
  const interfaces = usage.networkInterfaces
    .filter(({ sysfsPath }) => hangsOn(sysfsPath))
    .map(({ name, operState }) => `network interface ${name} (${operState})`);
  return [...disks, ...interfaces];
}

function describeUse(usage: UsageReading, names: readonly string[]): string {
  const devices = new Set(names.map((name) => `/dev/${name}`));
  const mounted = usage.mounts.filter(({ source }) => devices.has(source)).map(({ target }) => target);
  const swaps = usage.swaps.filter((source) => devices.has(source));
  const parts = [
    ...(mounted.length > 0 ? [`mounted at ${mounted.join(', ')}`] : []),
    ...(swaps.length > 0 ? ['swapped on'] : []),
  ];
  return parts.length === 0 ? '' : `, ${parts.join(', ')}`;
}
