import { mkdir, mkdtemp, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { withFileLock } from '../file-lock.ts';
import type { BuildContext } from './build-step.ts';

/** How many images of other recipes stay cached, so that going back to a commit costs no build. */
const keptOthers = 2;

/**
 * A directory of the cache by name, built where it is missing. It appears whole or not at all: it is built under
 * another name and renamed. Concurrent builders of one cache wait for each other.
 *
 * @param rebuild replaces what is there.
 * @returns its path.
 */
export async function cachedDirectory(
  cache: string,
  name: string,
  rebuild: boolean,
  context: BuildContext,
  build: (directory: string) => Promise<void>,
): Promise<string> {
  const path = join(cache, name);
  if (!rebuild && (await isDirectory(path))) {
    // Its time tells when it was used last, which decides what is thrown away.
    await utimes(path, new Date(), new Date());
    return path;
  }
  const onWait = (): void => context.progress('waiting for another build of the image');
  await withFileLock(join(cache, 'lock'), context.signal, onWait, async () => {
    if (!rebuild && (await isDirectory(path))) return;
    await removeLeftovers(cache);
    const unfinished = await mkdtemp(join(cache, 'unfinished-'));
    try {
      await build(unfinished);
      if (rebuild) await removeTree(path);
      await rename(unfinished, path);
    } catch (error) {
      await removeTree(unfinished);
      throw error;
    }
    await removeOldest(cache, name);
  });
  return path;
}

/** A builder that was killed could not tidy up; whoever holds the lock may. */
async function removeLeftovers(cache: string): Promise<void> {
  for (const entry of await readdir(cache)) {
    if (entry.startsWith('unfinished-')) await removeTree(join(cache, entry));
  }
}

async function removeOldest(cache: string, current: string): Promise<void> {
  const others: { path: string; usedMs: number }[] = [];
  for (const entry of await readdir(cache, { withFileTypes: true })) {
    if (!entry.isDirectory() || entry.name === current) continue;
    const path = join(cache, entry.name);
    others.push({ path, usedMs: (await stat(path)).mtimeMs });
  }
  others.sort((a, b) => b.usedMs - a.usedMs);
  // QEMU keeps the files of a running lab open, so taking their names away does it no harm.
  for (const { path } of others.slice(keptOthers)) await removeTree(path);
}

async function removeTree(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true });
}

async function isDirectory(path: string): Promise<boolean> {
  return await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

/** Makes a directory of the cache that holds one kind of thing. */
export async function cacheOf(...names: readonly string[]): Promise<string> {
  const path = join(...names);
  await mkdir(path, { recursive: true });
  return path;
}
