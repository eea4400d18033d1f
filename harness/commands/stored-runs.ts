import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { ComebackError } from '../errors.ts';
import { segmentsOf } from '../journal/segments.ts';
import { judgeTail } from '../report/judge-tail.ts';
import { briefOf, type RunBrief, storedBrief } from '../report/run-brief.ts';
import { summaryOf } from '../report/summary.ts';
import { runFiles } from '../report/write-reports.ts';
import { isBisect } from './bisect-name.ts';

/** A directory with the journal of a run in it. */
export interface StoredRun {
  /** Name of the directory, which is that of the run unless somebody renamed it. */
  readonly run: string;
  readonly directory: string;
  /** By the name, else by the last change of the journal. */
  readonly beganAtMs: number;
}

/** A run as its files tell of it; where its journal cannot be read, why not. */
export type BriefedRun = StoredRun & ({ readonly brief: RunBrief } | { readonly problem: string });

/** How many runs are looked at side by side: more would only wait for the same disk. */
const sideBySide = 16;

/** The runs in a directory, the newest first. */
export async function storedRuns(reports: string): Promise<readonly StoredRun[]> {
  const names = await readdir(reports).catch(() => []);
  const found = await inParts(
    names.filter((name) => !name.startsWith('.') && !isBisect(name)),
    (name) => storedRun(join(reports, name)),
  );
  return found
    .filter((run) => run !== undefined)
    .sort((one, other) => other.beganAtMs - one.beganAtMs || (one.run < other.run ? 1 : -1));
}

/** The run in a directory; undefined where there is none. */
export async function storedRun(directory: string): Promise<StoredRun | undefined> {
  const last = (await segmentsOf(runFiles(directory).journal)).at(-1);
  const journal = last && (await stat(last.path).catch(() => undefined));
  if (journal?.isFile() !== true) return undefined;
  const run = basename(directory);
  return { run, directory, beganAtMs: beganBy(run) ?? journal.mtimeMs };
}

/** `2026-11-22T07-28-09Z-virtual`, as `runName` makes it; the visits of a bisect tell the millisecond too. */
export const ownName = /^(\d{4}-\d\d-\d\d)T(\d\d)-(\d\d)-(\d\d)(?:-\d{3})?Z-[a-z][a-z0-9-]*$/;

function beganBy(run: string): number | undefined {
  const [, date, hours, minutes, seconds] = ownName.exec(run) ?? [];
  const ms = date === undefined ? NaN : Date.parse(`${date}T${hours}:${minutes}:${seconds}Z`);
  return Number.isNaN(ms) ? undefined : ms;
}

/**
 * What is to be told of a run in short: from its summary where the journal was not written to since, else from the journal's last segment.
 * A thousand runs must be a matter of a second.
 */
export async function briefRun(run: StoredRun): Promise<BriefedRun> {
  const { journal, summary } = runFiles(run.directory);
  try {
    const [written, told] = await Promise.all([lastWriteMs(journal), stat(summary).catch(() => undefined)]);
    // Within one tick of the file system's clock nobody knows which of the two was first.
    if (told !== undefined && told.mtimeMs > written) {
      const brief = storedBrief(await readFile(summary, 'utf8'));
      if (brief !== undefined) return { ...run, brief };
    }
    return { ...run, brief: briefOf(summaryOf(await judgeTail(journal))) };
  } catch (error) {
    // One that is damaged must not hide the others.
    if (error instanceof ComebackError || (error instanceof Error && 'code' in error)) {
      return { ...run, problem: error.message };
    }
    throw error;
  }
}

async function lastWriteMs(journal: string): Promise<number> {
  const last = (await segmentsOf(journal)).at(-1);
  return last === undefined ? Infinity : (await stat(last.path)).mtimeMs;
}

/** Does something for each, some of them side by side; the results stand in the order of the list. */
export async function inParts<T, R>(list: readonly T[], act: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let from = 0; from < list.length; from += sideBySide) {
    results.push(...(await Promise.all(list.slice(from, from + sideBySide).map(act))));
  }
  return results;
}
