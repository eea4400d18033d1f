import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { segmentsOf } from '../journal/segments.ts';
import { runFiles } from '../report/write-reports.ts';
import { NoSuchRunError } from './report.ts';

/**
 * Directory of a run that has a journal: by its directory, its name in the reports directory, or `last`.
 *
 * @throws NoSuchRunError
 */
export async function watchedRun(run: string, reports: string): Promise<string> {
  const names: readonly string[] = await readdir(reports).catch(() => []);
  // They begin with a time, so they sort by it.
  const known = names.filter((name) => !name.startsWith('.')).sort();
  const candidates = run === 'last' ? known.toReversed().map((name) => join(reports, name)) : [run, join(reports, run)];
  for (const directory of candidates) {
    if ((await segmentsOf(runFiles(directory).journal)).length > 0) return directory;
  }
  throw new NoSuchRunError(run, reports, known);
}
