import { LabNotRunningError } from './errors.ts';
import { instanceFiles } from './instance/instance-files.ts';
import { instanceCondition } from './instance/state.ts';

/** How to reach a running lab over SSH. */
export interface LabEndpoint {
  readonly address: string;
  readonly port: number;
  readonly user: string;
  readonly privateKeyFile: string;
  /** Fingerprint of the instance's own host key as OpenSSH prints it, `SHA256:…`. */
  readonly hostKeySha256: string;
}

/**
 * Where a running lab is reached.
 * @throws LabNotRunningError where it is not up, or not up yet.
 */
export async function labEndpoint(name: string): Promise<LabEndpoint> {
  const files = instanceFiles(name);
  const found = await instanceCondition(files);
  if (found.condition !== 'running') throw new LabNotRunningError(name);
  const { sshPort, hostKeySha256 } = found.state;
  return { address: '127.0.0.1', port: sshPort, user: 'root', privateKeyFile: files.privateKey, hostKeySha256 };
}
