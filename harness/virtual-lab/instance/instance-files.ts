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
  /** Overlay of the root disk, and the image's disk below it under a name of the instance's own. */
  readonly rootDisk: string;
  readonly rootDiskBase: string;
  readonly bootDisk: string;
  /** What /etc/default/grub is to be at first. */
  readonly grubDefaults: string;
  readonly console: string;
  /** Console of the `lab up` before. */
  readonly previousConsole: string;
  readonly qmpSocket: string;
  /** Held by the instance's QEMU as long as it lives, so that there are never two. */
  readonly qemuLock: string;
  /** Which process is the instance's QEMU; see `process-identity.ts`. */
  readonly qemuProcess: string;
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
    rootDisk: join(directory, 'root.qcow2'),
    rootDiskBase: join(directory, 'root.base.img'),
    bootDisk: join(directory, 'boot.img'),
    grubDefaults: join(directory, 'default-grub'),
    console: join(directory, 'console.log'),
    previousConsole: join(directory, 'console.1.log'),
    qmpSocket: join(directory, 'qmp.sock'),
    qemuLock: join(directory, 'qemu.lock'),
    qemuProcess: join(directory, 'qemu.process'),
    qemuLog: join(directory, 'qemu.log'),
  };
}
