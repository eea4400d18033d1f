import { lstat, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { ComebackError } from '../errors.ts';
import type { RunListing } from '../report/run-list.ts';
import { holdRun, RunUnderWayError } from './run-lease.ts';
import { ownName } from './stored-runs.ts';

/** A run could not be deleted, or not wholly. */
export class PruneError extends ComebackError {
  override readonly code = 'RUN_NOT_DELETED';
  override readonly kind = 'infra';

  constructor(directory: string, cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause);
    super(`Cannot delete ${directory}: ${why}. Mend that and prune again; nothing else was touched after it.`, {
      cause,
    });
  }
}

/** Out of the sight of whoever lists runs, so that nobody meets half a run where deleting it was broken off. */
const doomed = /^\.(.+)\.pruned$/;

/**
 * Deletes a run.
 *
 * @returns whether it did: not where somebody took the run up meanwhile, or where its place is no directory.
 * @throws PruneError
 */
export async function deleteRun({ directory }: RunListing): Promise<boolean> {
  try {
    // Whoever wants to go on with it finds it taken, until it is gone.
    await using _lease = await holdRun(directory);
    if (!(await isPlainDirectory(directory))) return false;
    const aside = join(dirname(directory), `.${basename(directory)}.pruned`);
    await rename(directory, aside);
    await rm(aside, { recursive: true, force: true });
    return true;
  } catch (error) {
    if (error instanceof RunUnderWayError) return false;
    throw new PruneError(directory, error);
  }
}

/** Deletes what an earlier command was broken off at. */
export async function deleteLeftovers(reports: string): Promise<void> {
  for (const name of await readdir(reports).catch(() => [])) {
    const path = join(reports, name);
    if (ownName.test(doomed.exec(name)?.[1] ?? '') && (await isPlainDirectory(path))) {
      await rm(path, { recursive: true, force: true });
    }
  }
}

/** Not a link to one, which would lead out of the reports. */
export async function isPlainDirectory(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined))?.isDirectory() ?? false;
}
