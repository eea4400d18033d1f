import type { GateResult } from '../host/gate.ts';
import { type PciAddress, shortAddress } from '../pci/address.ts';
import { coversFunction, type VmStatus } from './manager.ts';

/**
 * The VM must be stopped and free, and its config must hand over exactly the functions that the inventory names.
 *
 * @param onHost every function of the host: a line for a whole slot hands over whatever sits there.
 */
export function vmGate(
  name: string,
  status: VmStatus,
  functions: readonly PciAddress[],
  onHost: readonly PciAddress[],
): GateResult {
  const findings: string[] = [];
  if (status.lock !== null) {
    findings.push(`${name} is locked (${status.lock}): let that finish, or "qm unlock" it if it is stale`);
  }
  if (status.state !== 'stopped') findings.push(`${name} is ${status.word}: stop it first, it may be in use`);
  for (const address of functions) {
    if (!status.passthrough.some((line) => coversFunction(line, address))) {
      findings.push(`no hostpci line of ${name} hands over ${shortAddress(address)}`);
    }
  }
  for (const line of status.passthrough) {
    if (!functions.some((address) => coversFunction(line, address))) {
      findings.push(`${line.key} of ${name} hands over ${line.prefix}, which the inventory does not name`);
    }
    for (const address of onHost.filter((one) => coversFunction(line, one) && !functions.includes(one))) {
      if (address !== line.prefix) {
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
