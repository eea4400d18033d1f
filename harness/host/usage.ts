import type { UsageReading } from '../observer/protocol.ts';
import type { PciAddress } from '../pci/address.ts';

type BlockDevice = UsageReading['blockDevices'][number];

/** What the host would lose with this function, in words: its disks with their mount points, its network interfaces. */
export function usesOf(usage: UsageReading, address: PciAddress): string[] {
  return uses(usage, address).map(({ words }) => words);
}

/** Of these, what the host cannot do without now: disks that are mounted or swapped on, interfaces that are up. */
export function lifelinesOf(usage: UsageReading, address: PciAddress): string[] {
  return uses(usage, address)
    .filter(({ inUse }) => inUse)
    .map(({ words }) => words);
}

interface Use {
  readonly words: string;
  readonly inUse: boolean;
}

function uses(usage: UsageReading, address: PciAddress): Use[] {
  const hangsOn = (sysfsPath: string): boolean => sysfsPath.split('/').includes(address);
  const disks = usage.blockDevices
    .filter(({ sysfsPath }) => hangsOn(sysfsPath))
    .map((disk): Use => {
      const use = useOf(usage, disk);
      return { words: [`disk ${disk.name}`, ...use].join(', '), inUse: use.length > 0 };
    });
  const interfaces = usage.networkInterfaces
    .filter(({ sysfsPath }) => hangsOn(sysfsPath))
    .map(({ name, operState }): Use => ({
      words: `network interface ${name} (${operState})`,
      inUse: operState !== 'down',
    }));
  return [...disks, ...interfaces];
}

function useOf(usage: UsageReading, disk: BlockDevice): string[] {
  const nodes = nodesUpon(usage, disk);
  const mounted = usage.mounts.filter(({ source }) => nodes.has(source)).map(({ target }) => target);
  return [
    ...(mounted.length > 0 ? [`mounted at ${mounted.join(', ')}`] : []),
    ...(usage.swaps.some((source) => nodes.has(source)) ? ['swapped on'] : []),
  ];
}

/** Device nodes that need this disk: itself, its partitions, and what LVM, dm-crypt or md built upon them, however deep. */
function nodesUpon(usage: UsageReading, disk: BlockDevice): ReadonlySet<string> {
  const names = new Set([disk.name, ...disk.partitions]);
  const nodes = new Set([...names].map((name) => `/dev/${name}`));
  let grown = true;
  while (grown) {
    grown = false;
    for (const { name, partitions, slaves, mapperName } of usage.blockDevices) {
      if (names.has(name) || !slaves.some((slave) => names.has(slave))) continue;
      for (const one of [name, ...partitions]) {
        names.add(one);
        nodes.add(`/dev/${one}`);
      }
      if (mapperName !== null) nodes.add(`/dev/mapper/${mapperName}`);
      grown = true;
    }
  }
  return nodes;
}
