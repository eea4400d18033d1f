import { statfs } from 'node:fs/promises';
import { ComebackError } from '../errors.ts';

/** The disk of the journal is nearly full. The run ends in order, while there is still room to say so. */
export class DiskNearlyFullError extends ComebackError {
  override readonly code = 'DISK_NEARLY_FULL';
  override readonly kind = 'infra';

  constructor(directory: string, freeBytes: number) {
    super(
      `Only ${Math.floor(freeBytes / mebibyte)} MiB are free where ${directory} is, and a cycle in which much goes wrong can need more. ` +
        'Free space, then go on with the run by --resume.',
    );
  }
}

const mebibyte = 1024 * 1024;
/** A flood of kernel lines and of the console, and a segment beside its compressed copy: more than one cycle ever needs. */
const wantedBytes = 64 * mebibyte;

/**
 * Asked before each cycle.
 *
 * @returns throws DiskNearlyFullError where less than 64 MiB are free.
 */
export function roomGuard(directory: string): () => Promise<void> {
  return async () => {
    const { bavail, bsize } = await statfs(directory);
    const freeBytes = bavail * bsize;
    if (freeBytes < wantedBytes) throw new DiskNearlyFullError(directory, freeBytes);
  };
}
