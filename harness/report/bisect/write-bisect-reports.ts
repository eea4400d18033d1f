import { join } from 'node:path';
import type { BisectLog } from '../../bisect-run/bisect-log.ts';
import type { JournalEvent } from '../../journal/events.ts';
import { replaceFile, runFiles } from '../write-reports.ts';
import { bisectPage } from './bisect-page.ts';
import { bisectSummary } from './bisect-summary.ts';

/** Where the journal and the reports of a bisect are. */
export interface BisectFiles {
  readonly journal: string;
  readonly page: string;
  readonly summary: string;
}

/** Writes what the journal of a bisect says beside it; the same journal gives the same bytes. @throws ReportWriteError */
export async function writeBisectReports(
  directory: string,
  log: BisectLog,
  events: readonly JournalEvent[],
): Promise<BisectFiles> {
  const { journal } = runFiles(directory);
  const files = { journal, page: join(directory, 'bisect.html'), summary: join(directory, 'bisect.json') };
  const summary = bisectSummary(log, events);
  await replaceFile(files.page, bisectPage(summary, log.space));
  await replaceFile(files.summary, `${JSON.stringify(summary, null, 2)}\n`);
  return files;
}
