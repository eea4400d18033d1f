import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { hasFailed } from '../report/run-brief.ts';
import { listingOf, type RunListing } from '../report/run-list.ts';
import { isUnderWay } from './run-lease.ts';
import { type BriefedRun, briefRun, inParts, ownName, storedRuns } from './stored-runs.ts';

export interface ListOptions {
  readonly host?: string | undefined;
  /** Only runs in which a function did not come back. */
  readonly failed?: boolean | undefined;
  readonly limit?: number | undefined;
}

/** The runs of a directory as lists show them, the newest first. */
export async function runListings(reports: string, { host, failed, limit }: ListOptions = {}): Promise<RunListing[]> {
  const stored = (await storedRuns(reports)).filter(({ run }) => host === undefined || mayBeOf(run, host));
  const wanted = limit ?? Infinity;
  const told: BriefedRun[] = [];
  // Those that nobody asked for are not even read.
  for (let from = 0; from < stored.length && told.length < wanted; from += partLength) {
    const part = await inParts(stored.slice(from, from + partLength), briefRun);
    told.push(...part.filter((run) => isAskedFor(run, host, failed ?? false)));
  }
  return await inParts(told.slice(0, wanted), runListing);
}

const partLength = 64;

/** A run tells its host in its name, unless somebody renamed it. */
function mayBeOf(run: string, host: string): boolean {
  return !ownName.test(run) || run.endsWith(`Z-${host}`);
}

function isAskedFor(run: BriefedRun, host: string | undefined, failed: boolean): boolean {
  if (!('brief' in run)) return !failed && (host === undefined || ownName.test(run.run));
  return (host === undefined || run.brief.host === host) && (!failed || hasFailed(run.brief));
}

/** One run as lists show it. */
export async function runListing(run: BriefedRun): Promise<RunListing> {
  const [underWay, sizeBytes] = await Promise.all([isUnderWay(run.directory), sizeOf(run.directory)]);
  const place = { run: run.run, directory: run.directory, beganAtMs: run.beganAtMs, sizeBytes, isUnderWay: underWay };
  return listingOf(place, run);
}

/** What the files of a directory hold together. One that goes meanwhile counts nothing. */
async function sizeOf(directory: string): Promise<number> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => []);
  const sizes = await Promise.all(
    entries.map(async (entry) => {
      if (!entry.isFile()) return 0;
      return (await lstat(join(entry.parentPath, entry.name)).catch(() => undefined))?.size ?? 0;
    }),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
