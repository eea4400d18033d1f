import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ComebackError } from '../errors.ts';
import { readJournal } from '../journal/reader.ts';
import { NotARunError } from '../judge/errors.ts';
import { RunJudge, type RunJudgement } from '../judge/run-judge.ts';
import { junitOf } from './junit.ts';
import { summaryOf } from './summary.ts';

/** A report could not be written. The journal is whole, so nothing is lost. */
export class ReportWriteError extends ComebackError {
  override readonly code = 'REPORT_WRITE_FAILED';
  override readonly kind = 'infra';

  constructor(path: string, cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause);
    super(`Cannot write ${path}: ${why}. Mend that, then \`comeback report\` makes the reports from the journal.`, {
      cause,
    });
  }
}

/** Where the journal and the reports of a run are. */
export interface RunFiles {
  readonly journal: string;
  readonly junit: string;
  readonly summary: string;
}

export function runFiles(runDirectory: string): RunFiles {
  return {
    journal: join(runDirectory, 'journal.ndjson'),
    junit: join(runDirectory, 'junit.xml'),
    summary: join(runDirectory, 'summary.json'),
  };
}

/**
 * Judges a run by its journal and writes what that says beside it. A reader finds the old reports or the new ones, never half of one;
 * the same journal gives the same bytes.
 *
 * @throws JournalReadError, NotARunError, ReportWriteError
 */
export async function writeReports(runDirectory: string): Promise<{ judgement: RunJudgement; files: RunFiles }> {
  const files = runFiles(runDirectory);
  const judgement = await judgeJournal(files.journal);
  await replaceFile(files.junit, junitOf(judgement));
  // Names beside the summary, so that a directory that is moved or mailed stays true.
  const reports = runFiles('');
  await replaceFile(files.summary, `${JSON.stringify({ ...summaryOf(judgement), reports }, null, 2)}\n`);
  return { judgement, files };
}

async function judgeJournal(path: string): Promise<RunJudgement> {
  const judge = new RunJudge();
  for await (const event of readJournal(path)) judge.push(event);
  try {
    return judge.result();
  } catch (error) {
    throw error instanceof NotARunError ? new NotARunError(path) : error;
  }
}

/** A reader finds the old file or the new one, never half of one. @throws ReportWriteError */
export async function replaceFile(path: string, text: string): Promise<void> {
  const unfinished = `${path}.${process.pid}.tmp`;
  try {
    await writeFile(unfinished, text);
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw new ReportWriteError(path, error);
  }
}
