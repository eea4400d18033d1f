import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { basename, dirname, join } from 'node:path';
import type { Death } from './trial-plan.ts';

/** Beside the journal: how many bytes of its open segment are on the disk for certain. */
export const syncedFile = 'synced-bytes';
/** Beside the journal, once the disk took no more of it. */
export const fullFile = 'disk-is-full';

/**
 * Puts a disk under this process on which the journal's controller dies as planned, and that tells how much of the journal a power cut would
 * leave. It takes the place of Node's own calls, so it must be there before the journal's writer is loaded.
 */
export function mortalDisk(): { arm(death: Death | undefined): void } {
  const real = { open: fs.openSync, write: fs.writeSync, sync: fs.fdatasync, syncNow: fs.fdatasyncSync };
  let death: Death | undefined;
  let journal: number | undefined;
  let synced: string | undefined;
  let lines = 0;

  const die = (): void => void process.kill(process.pid, 'SIGKILL');
  const noteSynced = (fd: number): void => {
    if (fd !== journal || synced === undefined) return;
    fs.writeFileSync(synced, String(fs.fstatSync(fd).size));
    if (death?.moment === 'synced' && lines >= death.atLine) die();
  };

  Object.assign(fs, {
    openSync: (...args: Parameters<typeof fs.openSync>) => {
      const fd = real.open(...args);
      const [path, flags] = args;
      if (basename(String(path)) === 'journal.ndjson' && flags !== 'r') {
        journal = fd;
        synced = join(dirname(String(path)), syncedFile);
        noteSynced(fd);
      }
      return fd;
    },
    writeSync: (fd: number, bytes: Buffer, offset = 0) => {
      if (fd !== journal) return real.write(fd, bytes, offset);
      lines += 1;
      if (lines !== death?.atLine || death.moment === 'synced') return real.write(fd, bytes, offset);
      if (death.moment === 'before') die();
      if (death.moment === 'written') real.write(fd, bytes, offset);
      else real.write(fd, bytes, offset, Math.round((bytes.length - offset) * death.share));
      if (death.moment !== 'full') die();
      if (synced !== undefined) fs.writeFileSync(join(dirname(synced), fullFile), '');
      throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    },
    fdatasync: (fd: number, done: (error: NodeJS.ErrnoException | null) => void) => {
      real.sync(fd, (error) => {
        if (error === null) noteSynced(fd);
        done(error);
      });
    },
    fdatasyncSync: (fd: number) => {
      real.syncNow(fd);
      noteSynced(fd);
    },
  });
  syncBuiltinESMExports();
  return { arm: (planned) => void (death = planned) };
}
