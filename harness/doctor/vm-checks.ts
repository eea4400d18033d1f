import type { LabHostConfig } from '../inventory/config.ts';
import { type HostpciLine, parseHostpci } from '../inventory/hostpci.ts';
import type { ReadinessReading } from '../observer/protocol.ts';
import type { PciAddress } from '../pci/address.ts';
import type { VmStatus } from '../vm/manager.ts';
import { vmGate } from '../vm/vm-gate.ts';
import { type Check, checkOf, checksOf, type Finding, ok, stopsRun, warning } from './check.ts';

/** What the VM manager says. */
export interface VmSight {
  readonly name: string;
  readonly vmid: string;
  readonly status: VmStatus;
  /** Keys and values of a Proxmox VM's configuration. */
  readonly config: ReadonlyMap<string, string>;
  /** Who has the VFIO files of the passthrough functions open. */
  readonly holders: ReadinessReading['holders'];
  /** Every function of the host: a line for a whole slot hands over whatever sits there. */
  readonly onHost: readonly PciAddress[];
}

/** Is the VM free, and does its configuration fit the inventory and passthrough? */
export function vmChecks(host: LabHostConfig, sight: VmSight): Check[] {
  const { name, status } = sight;
  const one = (check: string, finding: Finding): Check => checkOf('vm', check, finding);
  return [
    one('state', stateFinding(name, status)),
    one('lock', lockFinding(name, status)),
    ...checksOf('vm', 'holders', holderFindings(sight), 'nobody else has its functions open'),
    ...checksOf('vm', 'hostpci', hostpciFindings(host, sight), `${name} gets what the inventory says`),
    one('machine', machineFinding(sight)),
    ...checksOf('vm', 'pcie', pcieFindings(host, sight), 'all that is handed over is PCI Express to the guest'),
    one('ballooning', balloonFinding(sight)),
    one('onboot', onbootFinding(sight)),
  ];
}

function stateFinding(name: string, { state, word }: VmStatus): Finding {
  return state === 'stopped'
    ? ok('stopped')
    : stopsRun(`${name} is ${word}, and it may be in use.`, 'Stop it first: a run begins with a stopped VM.');
}

function lockFinding(name: string, { lock }: VmStatus): Finding {
  return lock === null
    ? ok('not locked')
    : stopsRun(`${name} is locked (${lock}).`, 'Let that finish, or "qm unlock" it if it is stale.');
}

/** The next start would get "Device or resource busy". While the VM runs it is the holder itself. */
function holderFindings({ name, status, holders }: VmSight): Finding[] {
  if (status.state !== 'stopped') return [];
  return holders.map(({ pid, command, file, functions }) =>
    stopsRun(
      `${name} is stopped, but ${command} (process ${pid}) has ${file} open: ${functions.join(', ')}.`,
      'End that process; if it cannot be killed, it is stuck in the kernel and only a reboot helps.',
    ),
  );
}

function hostpciFindings(host: LabHostConfig, sight: VmSight): Finding[] {
  const { name, vmid, status, onHost } = sight;
  const functions = host.functions.map(({ address }) => address);
  // Whether it is free was said already.
  const { findings } = vmGate(name, { ...status, state: 'stopped', lock: null }, functions, onHost);
  const wrong = findings.map((says) =>
    stopsRun(`${says}.`, 'Make the hostpci lines of the VM and "functions" of the inventory say the same.'),
  );
  const different = differences(host, sight).map(({ key, got, wanted }) =>
    warning(
      `${key} of ${name} is "${got.line}", the inventory says "${wanted.line}".`,
      `qm set ${vmid} --${key} '${wanted.line}', or correct the inventory.`,
    ),
  );
  return [...wrong, ...different];
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
function differences(host: LabHostConfig, { config }: VmSight): Difference[] {
  const addresses = ({ prefixes }: HostpciLine): string => [...prefixes].sort().join();
  return hostpciLines(config).flatMap(({ key, line: got }) => {
    const wanted = host.hostpci.find((line) => addresses(line) === addresses(got));
    return wanted === undefined || optionsOf(wanted) === optionsOf(got) ? [] : [{ key, got, wanted }];
  });
}

function optionsOf({ options }: HostpciLine): string {
  return [...options]
    .map(([key, value]) => `${key}=${value}`)
    .sort()
    .join();
}

function isQ35(config: ReadonlyMap<string, string>): boolean {
  return /^(?:type=)?(?:pc-)?q35\b/.test(config.get('machine') ?? '');
}

/** Proxmox refuses pcie=1 without it: "q35 machine model is not enabled" (qemu-server, PVE/QemuServer/PCI.pm). */
function machineFinding({ name, vmid, config }: VmSight): Finding {
  if (isQ35(config)) return ok(`q35 (${config.get('machine') ?? ''})`);
  const says = `${name} is no q35 machine (${config.get('machine') ?? 'i440fx, the default'})`;
  const mend = `qm set ${vmid} --machine q35`;
  return hostpciLines(config).some(({ line }) => line.options.get('pcie') === '1')
    ? stopsRun(`${says}, and Proxmox refuses pcie=1 there: it will not start.`, mend)
    : warning(`${says}: the guest sees its functions as conventional PCI.`, mend);
}

function pcieFindings(host: LabHostConfig, sight: VmSight): Finding[] {
  const { name, vmid, config } = sight;
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
function balloonFinding({ name, vmid, config }: VmSight): Finding {
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

function onbootFinding({ name, vmid, config }: VmSight): Finding {
  return config.get('onboot') === '1'
    ? warning(
        `${name} starts by itself when the host boots: a run that reboots the host would meet a running VM and end.`,
        `qm set ${vmid} --onboot 0`,
      )
    : ok('it does not start by itself');
}
