import { LabNotRunningError } from './errors.ts';
import { instanceFiles } from './instance/instance-files.ts';
import { instanceCondition } from './instance/state.ts';

/** How to reach a lab over SSH; it stays the same over power cycles. */
export interface LabEndpoint {
  readonly address: string;
  readonly port: number;
  readonly user: string;
  readonly privateKeyFile: string;
  /** Fingerprint of the instance's own host key as OpenSSH prints it, `SHA256:…`. */
  readonly hostKeySha256: string;
}

/**
 * Where a lab is reached, or will be once it has power and has booted.
 * @throws LabNotRunningError where there was no `lab up`.
 */
export async function labEndpoint(name: string): Promise<LabEndpoint> {
  const files = instanceFiles(name);
  const found = await instanceCondition(files);
  if (found.condition === 'stopped') throw new LabNotRunningError(name);
  const { sshPort, hostKeySha256 } = found.state;
  return { address: '127.0.0.1', port: sshPort, user: 'root', privateKeyFile: files.privateKey, hostKeySha256 };
}
