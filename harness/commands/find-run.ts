import { dirname, normalize, resolve } from 'node:path';
import { ComebackError } from '../errors.ts';
import { hasFailed } from '../report/run-brief.ts';
import { briefRun, type StoredRun, storedRun, storedRuns } from './stored-runs.ts';

/** How a command that takes a run says what it takes. */
export const runWords = 'its name or the beginning of it, a date (UTC), "last", "last-failed", or its directory';

/** No run goes by that name, or more than one. */
export class NoSuchRunError extends ComebackError {
  override readonly code = 'RUN_NOT_FOUND';
  override readonly kind = 'usage';
}

/**
 * The one run that somebody means: by its name, the beginning of one, a date, `last`, `last-failed`, or a directory anywhere.
 *
 * @param reports where runs are kept.
 * @throws NoSuchRunError where there is none, or where it could be several.
 */
export async function findRun(reports: string, asked: string): Promise<StoredRun> {
  const [found, ...others] = await meant(reports, asked);
  if (found === undefined) throw await notFound(reports, asked);
  if (others.length > 0) throw ambiguous(asked, [found, ...others]);
  return found;
}

/**
 * The runs that somebody means, for commands that take several: as {@link findRun}, but a date stands for all runs that began on it, and
 * `all` for every run. None comes twice.
 *
 * @throws NoSuchRunError
 */
export async function findRuns(reports: string, asked: readonly string[]): Promise<readonly StoredRun[]> {
  const found = new Map<string, StoredRun>();
  for (const name of asked) {
    const runs = name === 'all' ? await storedRuns(reports) : await meant(reports, name);
    const [first, ...others] = runs;
    if (first === undefined) throw await notFound(reports, name);
    if (others.length > 0 && name !== 'all' && !isDate(name)) throw ambiguous(name, runs);
    // Oldest first, as they came to be.
    for (const run of runs.toReversed()) found.set(resolve(run.directory), run);
  }
  return [...found.values()];
}

/** Everything that it could be; the newest first. */
async function meant(reports: string, asked: string): Promise<readonly StoredRun[]> {
  const stored = await storedRuns(reports);
  const exact = stored.find(({ run }) => run === asked) ?? (await inDirectory(asked));
  if (exact !== undefined) return [exact];
  if (asked === 'last') return stored.slice(0, 1);
  if (asked === 'last-failed') return await lastFailed(stored);
  return asked === '' ? [] : stored.filter(({ run }) => run.startsWith(asked));
}

async function lastFailed(newestFirst: readonly StoredRun[]): Promise<readonly StoredRun[]> {
  for (const stored of newestFirst) {
    const told = await briefRun(stored);
    if ('brief' in told && hasFailed(told.brief)) return [stored];
  }
  return [];
}

async function inDirectory(path: string): Promise<StoredRun | undefined> {
  if (path === '') return undefined;
  // "." has a name, too.
  return await storedRun(/(?:^|\/)\.{1,2}\/*$/.test(path) ? resolve(path) : normalize(path).replace(/\/+$/, ''));
}

/** The directory of runs that a run lies in. */
export function reportsOf({ directory }: StoredRun): string {
  return dirname(directory);
}

function isDate(text: string): boolean {
  return /^\d{4}-\d\d-\d\d$/.test(text);
}

/** Names that a message tells. */
const shownNames = 5;

async function notFound(reports: string, asked: string): Promise<NoSuchRunError> {
  const newest = (await storedRuns(reports)).slice(0, shownNames).map(({ run }) => run);
  if (newest.length === 0) return new NoSuchRunError(`There is no run in ${reports}, so none is "${asked}".`);
  if (asked === 'last-failed') return new NoSuchRunError(`No run in ${reports} lost a function.`);
  return new NoSuchRunError(`There is no run "${asked}" in ${reports}. The newest are: ${newest.join(', ')}.`);
}

function ambiguous(asked: string, runs: readonly StoredRun[]): NoSuchRunError {
  const names = runs.slice(0, shownNames).map(({ run }) => run);
  const more = runs.length > names.length ? `, … (${runs.length} in all)` : '';
  return new NoSuchRunError(`"${asked}" could be ${names.join(', ')}${more}: say more of the name.`);
}
