import type { LabHostConfig } from '../inventory/config.ts';
import type { ReadinessReading } from '../observer/protocol.ts';
import type { VmStatus, VmWords } from '../vm/manager.ts';
import { type HostFunction, vmGate } from '../vm/vm-gate.ts';
import { type Check, checkOf, checksOf, type Finding, ok, sentence, stopsRun } from './check.ts';
import { type DomainSight, domainChecks } from './domain-checks.ts';
import { type ProxmoxSight, proxmoxChecks } from './proxmox-checks.ts';

/** What the VM manager says. */
export interface VmSight {
  readonly name: string;
  readonly words: VmWords;
  readonly status: VmStatus;
  /** What only its manager says. */
  readonly settings: ProxmoxSight | DomainSight;
  /** Who has the VFIO files of the passthrough functions open. */
  readonly holders: ReadinessReading['holders'];
  /** Every function of the host: a line for a whole slot hands over whatever sits there. */
  readonly onHost: readonly HostFunction[];
}

/** Is the VM free, and does its configuration fit the inventory and passthrough? */
export function vmChecks(host: LabHostConfig, sight: VmSight): Check[] {
  const { name, status, settings } = sight;
  const one = (check: string, finding: Finding): Check => checkOf('vm', check, finding);
  return [
    one('state', stateFinding(name, status)),
    one('lock', lockFinding(sight)),
    ...checksOf('vm', 'holders', holderFindings(sight), 'nobody else has its functions open'),
    ...checksOf('vm', 'passthrough', passthroughFindings(host, sight), `${name} gets what the inventory says`),
    ...(settings.manager === 'proxmox' ? proxmoxChecks(host, name, settings) : domainChecks(name, settings)),
  ];
}

function stateFinding(name: string, { state, word }: VmStatus): Finding {
  return state === 'stopped'
    ? ok('stopped')
    : stopsRun(`${name} is ${word}, and it may be in use.`, 'Stop it first: a run begins with a stopped VM.');
}

function lockFinding({ name, status: { lock }, words }: VmSight): Finding {
  return lock === null ? ok('not locked') : stopsRun(`${name} is locked (${lock}).`, sentence(words.unlock));
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

function passthroughFindings(host: LabHostConfig, { name, words, status, onHost }: VmSight): Finding[] {
  const functions = host.functions.map(({ address }) => address);
  // Whether it is free was said already.
  const free: VmStatus = { ...status, state: 'stopped', lock: null };
  const { findings } = vmGate({ name, words }, free, functions, onHost);
  return findings.map((says) =>
    stopsRun(`${says}.`, 'Make what the VM is handed over and "functions" of the inventory say the same.'),
  );
}
