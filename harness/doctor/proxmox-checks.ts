import type { LabHostConfig } from '../inventory/config.ts';
import { type HostpciLine, parseHostpci } from '../inventory/hostpci.ts';
import { type Check, checkOf, checksOf, type Finding, ok, stopsRun, warning } from './check.ts';

/** The configuration of a Proxmox VM. */
export interface ProxmoxSight {
  readonly manager: 'proxmox';
  readonly vmid: string;
  /** Keys and values, as of `qm config`. */
  readonly config: ReadonlyMap<string, string>;
}

/** Does the configuration of the VM fit passthrough, and the options in the inventory? */
export function proxmoxChecks(host: LabHostConfig, name: string, sight: ProxmoxSight): Check[] {
  const one = (check: string, finding: Finding): Check => checkOf('vm', check, finding);
  return [
    ...checksOf(
      'vm',
      'hostpci',
      optionFindings(host, name, sight),
      'its hostpci lines have the options of the inventory',
    ),
    one('machine', machineFinding(name, sight)),
    ...checksOf('vm', 'pcie', pcieFindings(host, name, sight), 'all that is handed over is PCI Express to the guest'),
    one('ballooning', balloonFinding(name, sight)),
    one('onboot', onbootFinding(name, sight)),
  ];
}

function optionFindings(host: LabHostConfig, name: string, sight: ProxmoxSight): Finding[] {
  return differences(host, sight).map(({ key, got, wanted }) =>
    warning(
      `${key} of ${name} is "${got.line}", the inventory says "${wanted.line}".`,
      `qm set ${sight.vmid} --${key} '${wanted.line}', or correct the inventory.`,
    ),
  );
}

interface NamedLine {
  readonly key: string;
  readonly line: HostpciLine;
}

function hostpciLines(config: ReadonlyMap<string, string>): NamedLine[] {
  return [...config].flatMap(([key, value]) => {
    const line = /^hostpci\d+$/.test(key) ? parseHostpci(value) : undefined;
    return line === undefined || 'reason' in line ? [] : [{ key, line }];
  });
}

interface Difference {
  readonly key: string;
  readonly got: HostpciLine;
  readonly wanted: HostpciLine;
}

/** Options such as `rombar=0` decide whether a guest can use a function; the inventory says with which it is to be tested. */
function differences(host: LabHostConfig, { config }: ProxmoxSight): Difference[] {
  const addresses = ({ prefixes }: HostpciLine): string => [...prefixes].sort().join();
  return hostpciLines(config).flatMap(({ key, line: got }) => {
    const wanted = host.hostpci?.find((line) => addresses(line) === addresses(got));
    return wanted === undefined || optionsOf(wanted) === optionsOf(got) ? [] : [{ key, got, wanted }];
  });
}

function optionsOf({ options }: HostpciLine): string {
  return [...options]
    .map(([key, value]) => `${key}=${value}`)
    .sort()
    .join();
}

/** Proxmox refuses pcie=1 without it: "q35 machine model is not enabled" (qemu-server, PVE/QemuServer/PCI.pm). */
function machineFinding(name: string, { vmid, config }: ProxmoxSight): Finding {
  const machine = config.get('machine') ?? 'i440fx, the default';
  if (/^(?:type=)?(?:pc-)?q35\b/.test(machine)) return ok(machine);
  const says = `${name} is no q35 machine (${machine})`;
  const mend = `qm set ${vmid} --machine q35`;
  return hostpciLines(config).some(({ line }) => line.options.get('pcie') === '1')
    ? stopsRun(`${says}, and Proxmox refuses pcie=1 there: it will not start.`, mend)
    : warning(`${says}: the guest sees its functions as conventional PCI.`, mend);
}

function pcieFindings(host: LabHostConfig, name: string, sight: ProxmoxSight): Finding[] {
  const { vmid, config } = sight;
  const saidBefore = new Set(differences(host, sight).map(({ key }) => key));
  return hostpciLines(config)
    .filter(({ key, line }) => line.options.get('pcie') !== '1' && !saidBefore.has(key))
    .map(({ key, line }) =>
      warning(
        `${key} of ${name} has no pcie=1: the guest sees the function as conventional PCI, without its PCI Express capability.`,
        `qm set ${vmid} --${key} '${line.line},pcie=1', and the same in the inventory.`,
      ),
    );
}

/** vfio pins the whole memory of a VM; what the balloon takes back stays pinned (qemu, hw/vfio: ram_block_discard_disable). */
function balloonFinding(name: string, { vmid, config }: ProxmoxSight): Finding {
  const balloon = mebibytes(config.get('balloon'));
  const memory = mebibytes(config.get('memory'));
  if (balloon === undefined || memory === undefined || balloon === 0 || balloon >= memory)
    return ok('the memory is fixed');
  return warning(
    `${name} balloons between ${balloon} and ${memory} MiB, but passthrough pins all of it.`,
    `qm set ${vmid} --balloon 0`,
  );
}

/** `8192`, or `current=8192` as newer releases write it. */
function mebibytes(value: string | undefined): number | undefined {
  const digits = /^(?:current=)?(\d+)/.exec(value ?? '')?.[1];
  return digits === undefined ? undefined : Number(digits);
}

function onbootFinding(name: string, { vmid, config }: ProxmoxSight): Finding {
  return config.get('onboot') === '1'
    ? warning(
        `${name} starts by itself when the host boots: a run that reboots the host would meet a running VM and end.`,
        `qm set ${vmid} --onboot 0`,
      )
    : ok('it does not start by itself');
}
