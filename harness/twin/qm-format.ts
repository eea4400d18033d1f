import type { VmConfig } from './vm-config.ts';

/** Nested fields of `qm status --verbose`. */
export type StatusFields = ReadonlyMap<string, string | number | StatusFields>;

const gibibyte = 1024 ** 3;
const bootDiskBytes = 64 * gibibyte;
const clusterVersion = '9.2.6';

/**
 * What PVE::QemuServer::vmstatus tells about one VM.
 *
 * @param running null while it is stopped
 */
export function statusFields(
  vmid: number,
  config: VmConfig,
  running: { readonly pid: number; readonly uptimeS: number } | null,
): StatusFields {
  const memoryBytes = Number(config.get('memory') ?? 512) * 1024 * 1024;
  const status = running === null ? 'stopped' : 'running';
  const lock = config.get('lock');
  return new Map<string, string | number | StatusFields>([
    ['cpus', Number(config.get('cores') ?? 1)],
    ['disk', 0],
    ['diskread', 0],
    ['diskwrite', 0],
    ['maxdisk', bootDiskBytes],
    ['maxmem', memoryBytes],
    ['mem', running === null ? 0 : memoryBytes],
    ['memhost', running === null ? 0 : memoryBytes],
    ['name', config.get('name') ?? `VM ${vmid}`],
    ['netin', 0],
    ['netout', 0],
    ...(lock === undefined ? [] : ([['lock', lock]] as const)),
    ...(running === null
      ? []
      : ([
          ['pid', running.pid],
          ...['cpusome', 'cpufull', 'iosome', 'iofull', 'memorysome', 'memoryfull'].map(
            (name) => [`pressure${name}`, 0] as const,
          ),
          ['proxmox-support', new Map([['pbs-dirty-bitmap', 1]])],
          ['running-machine', 'pc-q35-9.2+pve1'],
          ['running-qemu', clusterVersion],
        ] as const)),
    ['qmpstatus', status],
    ['status', status],
    ['uptime', running?.uptimeS ?? 0],
    ['vmid', vmid],
  ]);
}

/** `qm status`: one line, or every field sorted by name with nested ones indented by a tab. */
export function statusText(fields: StatusFields, verbose: boolean): string {
  if (!verbose) return `status: ${text(fields, 'qmpstatus')}\n`;
  return fieldLines(fields, '').join('');
}

function text(fields: StatusFields, key: string, otherwise = 'unknown'): string {
  const value = fields.get(key) ?? otherwise;
  return typeof value === 'object' ? otherwise : String(value);
}

function fieldLines(fields: StatusFields, indent: string): readonly string[] {
  return [...fields]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .flatMap(([key, value]) =>
      typeof value === 'object'
        ? [`${indent}${key}:\n`, ...fieldLines(value, `\t${indent}`)]
        : [`${indent}${key}: ${value}\n`],
    );
}

/** `qm list`; a host without VMs prints nothing, not even the header. */
export function listText(vmids: readonly number[], fields: (vmid: number) => StatusFields): string {
  if (vmids.length === 0) return '';
  const row = (cells: readonly string[]): string => {
    const [vmid = '', name = '', status = '', memory = '', disk = '', pid = ''] = cells;
    return `${vmid.padStart(10)} ${name.padEnd(20)} ${status.padEnd(10)} ${memory.padEnd(10)} ${disk.padStart(12)} ${pid.padEnd(10)}\n`;
  };
  const rows = vmids.map((vmid) => {
    const of = fields(vmid);
    return row([
      String(vmid),
      text(of, 'name'),
      text(of, 'qmpstatus'),
      String(Number(of.get('maxmem')) / 1024 / 1024),
      (Number(of.get('maxdisk')) / gibibyte).toFixed(2),
      text(of, 'pid', '0'),
    ]);
  });
  return [row(['VMID', 'NAME', 'STATUS', 'MEM(MB)', 'BOOTDISK(GB)', 'PID']), ...rows].join('');
}
