import { open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { gzip as gzipWithCallback } from 'node:zlib';
import { segmentsOf } from './segments.ts';

const gzip = promisify(gzipWithCallback);
const unfinished = '.gz.tmp';

/**
 * Compresses a segment that nobody writes to any more, to about a tenth. It gets its new name when it is whole and on the disk, and only then
 * does the plain one go. Where that fails, as on a full disk, the plain one stays: nothing is lost but room.
 */
export async function compressSegment(path: string): Promise<void> {
  const pending = `${path}${unfinished}`;
  try {
    const packed = await gzip(await readFile(path));
    await using file = await open(pending, 'w');
    await file.writeFile(packed);
    await file.sync();
    await rename(pending, `${path}.gz`);
    await rm(path);
  } catch {
    await rm(pending, { force: true }).catch(() => undefined);
  }
}

/** Ends what a controller that died had begun to compress. @param path of the open segment. */
export async function compressLeftovers(path: string): Promise<void> {
  const directory = dirname(path);
  const names: readonly string[] = await readdir(directory).catch(() => []);
  const segments = await segmentsOf(path);
  for (const name of names.filter((one) => one.endsWith(unfinished))) await rm(join(directory, name), { force: true });
  for (const segment of segments) {
    if (segment.isOpen) continue;
    if (!segment.isCompressed) await compressSegment(segment.path);
    else if (names.includes(basename(segment.path, '.gz')))
      await rm(segment.path.slice(0, -'.gz'.length), { force: true });
  }
}
