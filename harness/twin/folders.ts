import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Where a twin lives on this machine. Its tree is on Linux's tmpfs where there is one: replacing a file costs a twentieth of what
 * it costs on ext4, which flushes at each rename over a file. Programs are not there, for `/dev/shm` may be mounted noexec.
 */
export class TwinFolders implements Disposable {
  /** For the programs and sockets that commands on the host use. */
  readonly programs: string;
  /** For the tree. */
  readonly tree: string;

  constructor() {
    this.programs = mkdtempSync(join(tmpdir(), 'comeback-twin-'));
    this.tree = mkdtempSync(join(memoryFolder() ?? this.programs, 'comeback-twin-'));
  }

  [Symbol.dispose](): void {
    for (const folder of [this.tree, this.programs]) rmSync(folder, { recursive: true, force: true });
  }
}

function memoryFolder(): string | undefined {
  try {
    accessSync('/dev/shm', constants.W_OK | constants.X_OK);
    return '/dev/shm';
  } catch {
    return undefined;
  }
}
