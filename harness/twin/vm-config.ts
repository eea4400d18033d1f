/** The seed's VM: the GPU with its sound, and three single functions. */
export const seedHostpci: readonly string[] = ['2b:00,pcie=1', '2c:00.3,pcie=1', '2d:00.3,pcie=1', '03:00.0,pcie=1'];

/** Text of `/etc/pve/qemu-server/VMID.conf`. @param lock value of a `lock:` line, such as `backup`. @param agent a guest agent is configured */
export function vmConfigText(hostpci: readonly string[], lock: string | undefined, agent = false): string {
  return [
    ...(agent ? ['agent: 1'] : []),
    'bios: ovmf',
    'boot: order=scsi0',
    'cores: 8',
    'cpu: host,hidden=1',
    'efidisk0: local-lvm:vm-100-disk-0,size=4M',
    ...hostpci.map((value, index) => `hostpci${index}: ${value}`),
    ...(lock === undefined ? [] : [`lock: ${lock}`]),
    'machine: q35',
    'memory: 8192',
    'name: passthrough',
    'ostype: l26',
    'scsi0: local-lvm:vm-100-disk-1,size=64G',
    'scsihw: virtio-scsi-pci',
    'sockets: 1',
    'vga: none',
    '',
  ].join('\n');
}

export type VmConfig = ReadonlyMap<string, string>;

/** Reads `key: value` lines up to the first snapshot section; `#` starts the description. */
export function parseVmConfig(text: string): VmConfig {
  const config = new Map<string, string>();
  for (const line of text.split('\n')) {
    if (line.startsWith('[')) break;
    const match = /^([a-z][\w-]*):\s*(.*?)\s*$/.exec(line);
    if (match?.[1] !== undefined && match[2] !== undefined) config.set(match[1], match[2]);
  }
  return config;
}

export interface HostpciEntry {
  readonly index: number;
  /** What the addresses of its functions start with: `0000:2b:00`, `0000:2c:00.3`. */
  readonly prefix: string;
  /** As written: `2b:00`. */
  readonly host: string;
  readonly pcie: boolean;
}

/** The `hostpciN` lines in the order of N; addresses apart by `;` are an entry each (PVE::QemuServer::PCI::parse_hostpci). */
export function hostpciEntries(config: VmConfig): readonly HostpciEntry[] {
  const entries: HostpciEntry[] = [];
  for (const [key, value] of config) {
    const index = /^hostpci(\d+)$/.exec(key)?.[1];
    if (index === undefined) continue;
    const properties = value.split(',');
    const hosts = (properties.find((part) => !part.includes('=') || part.startsWith('host=')) ?? '').replace(
      'host=',
      '',
    );
    for (const host of hosts.split(';')) {
      entries.push({
        index: Number(index),
        host,
        prefix: /^[0-9a-f]{4,}:/.test(host) ? host : `0000:${host}`,
        pcie: properties.includes('pcie=1'),
      });
    }
  }
  return entries.sort((left, right) => left.index - right.index);
}
