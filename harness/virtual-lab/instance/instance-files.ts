import { join } from 'node:path';
import { instanceDirectory } from '../paths.ts';

/** Where an instance keeps what. */
export interface InstanceFiles {
  readonly directory: string;
  readonly lock: string;
  readonly state: string;
  readonly privateKey: string;
  readonly publicKey: string;
  readonly hostKey: string;
  readonly hostPublicKey: string;
  readonly knownHosts: string;
  /** Compiled fault rules, where it has any. */
  readonly faults: string;
  readonly console: string;
  /** Console of the boot before. */
  readonly previousConsole: string;
  readonly qmpSocket: string;
  /** What QEMU itself has to say. */
  readonly qemuLog: string;
}

/** @throws LabNameError where the name cannot be one. */
export function instanceFiles(name: string): InstanceFiles {
  const directory = instanceDirectory(name);
  return {
    directory,
    lock: join(directory, 'lock'),
    state: join(directory, 'instance.json'),
    privateKey: join(directory, 'id_ed25519'),
    publicKey: join(directory, 'id_ed25519.pub'),
    hostKey: join(directory, 'ssh_host_ed25519_key'),
    hostPublicKey: join(directory, 'ssh_host_ed25519_key.pub'),
    knownHosts: join(directory, 'known_hosts'),
    faults: join(directory, 'faults'),
    console: join(directory, 'console.log'),
    previousConsole: join(directory, 'console.1.log'),
    qmpSocket: join(directory, 'qmp.sock'),
    qemuLog: join(directory, 'qemu.log'),
  };
}
