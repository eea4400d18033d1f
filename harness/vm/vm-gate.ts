import type { GateResult } from '../host/gate.ts';
import { parsePciAddress, type PciAddress, shortAddress } from '../pci/address.ts';
import { coversFunction, type VmManager, type VmStatus } from './manager.ts';

/** A function of the host, and the driver that has it; null where none does. */
export interface HostFunction {
  readonly address: PciAddress;
  readonly driver: string | null;
}

/** The functions among what the observer read of the host. */
export function hostFunctions(
  readings: readonly { readonly address: string; readonly driver: string | null }[],
): HostFunction[] {
  return readings.flatMap(({ address: text, driver }) => {
    const address = parsePciAddress(text);
    return address === undefined ? [] : [{ address, driver }];
  });
}

/**
 * The VM must be stopped and free, and its config must hand over exactly the functions that the inventory names.
 *
 * @param onHost every function of the host: a line for a whole slot hands over whatever sits there.
 */
export function vmGate(
  { name, words }: Pick<VmManager, 'name' | 'words'>,
  status: VmStatus,
  functions: readonly PciAddress[],
  onHost: readonly HostFunction[],
): GateResult {
  const findings: string[] = [];
  if (status.lock !== null) {
    findings.push(`${name} is locked (${status.lock}): ${words.unlock}`);
  }
  if (status.state !== 'stopped') findings.push(`${name} is ${status.word}: stop it first, it may be in use`);
  for (const address of functions) {
    if (!status.passthrough.some((line) => coversFunction(line, address))) {
      findings.push(`no ${words.line} of ${name} hands over ${shortAddress(address)}`);
    }
  }
  for (const line of status.passthrough) {
    if (!functions.some((address) => coversFunction(line, address))) {
      findings.push(`${line.key} of ${name} hands over ${line.prefix}, which the inventory does not name`);
    }
    const covered = onHost.filter(({ address }) => coversFunction(line, address));
    for (const { address, driver } of covered) {
      if (line.managed || driver === 'vfio-pci') continue;
      findings.push(
        `${line.key} of ${name} is not managed, and ${shortAddress(address)} is on ${driver ?? 'no driver'}, so the VM would not start: set managed='yes', or detach it first ("virsh nodedev-detach ${nodeDeviceName(address)}")`,
      );
    }
    for (const { address } of covered) {
      if (!functions.includes(address) && address !== line.prefix) {
        findings.push(
          `${line.key} of ${name} hands over ${shortAddress(address)} too, which the inventory does not name`,
        );
      }
    }
  }
  for (const line of status.unreadable) {
    findings.push(`it cannot be told what "${line}" of ${name} hands over`);
  }
  return { gate: 'vm', passed: findings.length === 0, findings };
}

/** libvirt's name of a function, as `virsh nodedev-list --cap pci` prints it. */
function nodeDeviceName(address: PciAddress): string {
  return `pci_${address.replaceAll(/[:.]/g, '_')}`;
}
