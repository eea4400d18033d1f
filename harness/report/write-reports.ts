import { rename, rm, writeFile } from 'node:fs/promises';
import { basename, isAbsolute, join, relative } from 'node:path';
import { ComebackError } from '../errors.ts';
import { scanJournal } from '../journal/reader.ts';
import { segmentsOf } from '../journal/segments.ts';
import { NotARunError } from '../judge/errors.ts';
import { RunJudge } from '../judge/run-judge.ts';
import type { RunJudgement } from '../judge/run-judgement.ts';
import { type PageModel, RunDigest } from './html/digest/run-digest.ts';
import { junitOf } from './junit.ts';
import type { JunitProfile } from './junit-profile.ts';
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
  /** The page for people. */
  readonly html: string;
  readonly junit: string;
  readonly summary: string;
}

export function runFiles(runDirectory: string): RunFiles {
  return {
    journal: join(runDirectory, 'journal.ndjson'),
    html: join(runDirectory, 'index.html'),
    junit: join(runDirectory, 'junit.xml'),
    summary: join(runDirectory, 'summary.json'),
  };
}

/**
 * Judges a run by its journal and writes what that says beside it. A reader finds the old reports or the new ones, never half of one;
 * the same journal gives the same bytes.
 *
 * @param junitProfile `rich` where left out.
 * @throws JournalReadError, NotARunError, ReportWriteError
 */
export async function writeReports(
  runDirectory: string,
  junitProfile?: JunitProfile,
): Promise<{ judgement: RunJudgement; files: RunFiles }> {
  const files = runFiles(runDirectory);
  const { judgement, page } = await readRun(files.journal);
  // GitLab shows only the first one.
  const attachments = [files.html, files.journal].map(attachmentPath);
  await replaceFile(files.junit, junitOf(judgement, { ...(junitProfile && { profile: junitProfile }), attachments }));
  await replaceFile(files.html, await pageOf(judgement, page, files));
  // Names beside the summary, so that a directory that is moved or mailed stays true.
  const reports = runFiles('');
  await replaceFile(files.summary, `${JSON.stringify({ ...summaryOf(judgement), reports }, null, 2)}\n`);
  return { judgement, files };
}

/** A path as CI finds it: GitLab and Jenkins look from the directory in which the job runs, and an absolute path leads everywhere. */
function attachmentPath(path: string): string {
  const fromHere = relative(process.cwd(), path);
  return fromHere.startsWith('..') || isAbsolute(fromHere) ? path : fromHere;
}

/** What the journal of a run comes to. @throws JournalReadError, NotARunError */
export async function judgeJournal(path: string): Promise<RunJudgement> {
  const judge = new RunJudge();
  await scanJournal(path, (event) => {
    judge.push(event);
  });
  return resultOf(judge, path);
}

/** Reads the journal once, for all reports. */
async function readRun(path: string): Promise<{ judgement: RunJudgement; page: PageModel }> {
  const digest = new RunDigest();
  await scanJournal(path, (event) => digest.push(event));
  return resultOf(digest, path);
}

function resultOf<Result>(of: { result(): Result }, path: string): Result {
  try {
    return of.result();
  } catch (error) {
    throw error instanceof NotARunError ? new NotARunError(path) : error;
  }
}

async function pageOf(
  judgement: RunJudgement,
  page: PageModel,
  { journal, junit, summary }: RunFiles,
): Promise<string> {
  // Only whoever writes reports waits for it, and no run for its start.
  const { runPage } = await import('./html/run-page.ts');
  const segments = await segmentsOf(journal);
  return await runPage(judgement, page, {
    journal: segments.map(({ path }) => basename(path)),
    reports: [junit, summary].map((path) => basename(path)),
  });
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
