import { afterEvent, noResumePoint, type ResumePoint } from '../cycle/resume-point.ts';
import { ComebackError } from '../errors.ts';
import type { JournalEventOf } from '../journal/events.ts';
import { readJournalTail } from '../journal/reader.ts';
import { runFiles } from '../report/write-reports.ts';
import { findRun, reportsOf } from './find-run.ts';
import { type StoredRun, storedRuns } from './stored-runs.ts';

/** A run that is not over, as its journal has it: nothing that it was asked for can be changed any more. */
export interface ResumableRun {
  readonly run: string;
  /** The directory of runs that it lies in. */
  readonly reports: string;
  readonly start: JournalEventOf<'run-started'>;
}

/** A run that its controller did not live to end. */
export interface UnfinishedRun {
  readonly run: string;
  /** The bisect that it is a visit of. */
  readonly bisect: string | undefined;
}

/** There is no run to go on with. */
export class NotResumableError extends ComebackError {
  override readonly code = 'RUN_NOT_RESUMABLE';
  override readonly kind = 'usage';
}

/** Options that say what a run is. */
const settled = ['cell', 'kernel', 'cmdline', 'bios', 'cycles', 'for', 'untilLost', 'prove'] as const;

/**
 * The run that somebody means, where it can be gone on with: one that is parked, was interrupted, lost its lab, or whose controller died.
 *
 * @param asked what the command was asked for beside it, which must be nothing: the journal says what the run is.
 * @throws NoSuchRunError, NotResumableError, JournalReadError
 */
export async function resumableRun(
  reports: string,
  name: string,
  asked: Readonly<Partial<Record<(typeof settled)[number], unknown>>>,
): Promise<ResumableRun> {
  if (settled.some((option) => asked[option] !== undefined)) {
    throw new NotResumableError(
      '--resume goes on with what the run was asked for: leave out the cell and --cycles, --for, --until-lost and --prove.',
    );
  }
  const stored = await findRun(reports, name);
  const { run } = stored;
  const { start, end, lastCycle } = await pointOf(stored);
  if (start === undefined) {
    throw new NotResumableError(`The run ${run} died before it did anything: begin a new one.`);
  }
  if (start.plan.bisect !== undefined) {
    throw new NotResumableError(
      `The run ${run} is a visit of a bisect, which says when it goes on: comeback bisect --resume ${start.plan.bisect}`,
    );
  }
  if (start.plan.cycles === 0) {
    throw new NotResumableError(`The run ${run} only booted and verified: do that again by the command it was.`);
  }
  if (end?.reason === 'cycles-done' || end?.reason === 'stop-rule') {
    const why = end.message === undefined ? '' : ` (${end.message})`;
    throw new NotResumableError(
      `The run ${run} is over after ${lastCycle} cycles${why}: there is nothing to go on with.`,
    );
  }
  return { run, reports: reportsOf(stored), start };
}

/** The last run of a host, where its controller died in it; undefined where it ended, however it did. */
export async function unfinishedRun(reports: string, host: string): Promise<UnfinishedRun | undefined> {
  const last = (await storedRuns(reports)).find(({ run }) => run.endsWith(`Z-${host}`));
  if (last === undefined) return undefined;
  const point = await pointOf(last).catch(() => undefined);
  if (point?.start === undefined || point.end !== undefined || point.start.plan.cycles === 0) return undefined;
  return { run: last.run, bisect: point.start.plan.bisect };
}

async function pointOf({ directory }: StoredRun): Promise<ResumePoint> {
  let point = noResumePoint;
  for await (const event of readJournalTail(runFiles(directory).journal)) point = afterEvent(point, event);
  return point;
}
