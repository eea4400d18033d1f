import type { BisectLog } from '../bisect-run/bisect-log.ts';
import { exitCodes } from '../errors.ts';
import { type BisectSummary, bisectSummary } from '../report/bisect/bisect-summary.ts';
import { verdictLines } from '../report/bisect/bisect-words.ts';
import { type BisectFiles, writeBisectReports } from '../report/bisect/write-bisect-reports.ts';
import { readBisect } from './bisect-journal.ts';

export interface ReportedBisect {
  readonly log: BisectLog;
  readonly summary: BisectSummary;
  readonly files: BisectFiles;
}

/** Writes the reports of a bisect anew from its journal. @throws NotResumableBisectError, JournalReadError, ReportWriteError */
export async function reportBisect(directory: string): Promise<ReportedBisect> {
  const { log, events } = await readBisect(directory);
  const files = await writeBisectReports(directory, log, events);
  return { log, summary: bisectSummary(log, events), files };
}

/** What it found and where that is written, for a person. */
export function bisectText({ verdict }: BisectSummary, { page, journal }: BisectFiles): string {
  return `${verdictLines(verdict).join('\n')}\n\nReport: ${page}\nJournal: ${journal}`;
}

/** The exit code of a bisect whose session is over, from its journal alone. */
export function bisectExitCode({ ended, verdict }: Pick<BisectSummary, 'ended' | 'verdict'>): number {
  switch (ended) {
    case 'verdict':
      return verdict.outcome === 'decided' ? exitCodes.ok : exitCodes.deviceDidNotSurvive;
    case 'limit':
      return exitCodes.deviceDidNotSurvive;
    case 'parked':
      return exitCodes.parked;
    case 'interrupted':
      return exitCodes.interrupted;
    case 'refused':
      return exitCodes.safety;
    default:
      return exitCodes.infra;
  }
}
