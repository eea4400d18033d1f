import { readdir, stat } from 'node:fs/promises';
import { afterEvent, noResumePoint, type ResumePoint } from '../cycle/resume-point.ts';
import { ComebackError } from '../errors.ts';
import type { JournalEventOf } from '../journal/events.ts';
import { readJournalTail } from '../journal/reader.ts';
import { segmentsOf } from '../journal/segments.ts';
import { runFiles } from '../report/write-reports.ts';
import { runDirectory } from './record-run.ts';

/** A run that is not over, as its journal has it: nothing that it was asked for can be changed any more. */
export interface ResumableRun {
  readonly run: string;
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
 * The run of a name, or the last one, that can be gone on with: one that is parked, was interrupted, lost its lab, or whose controller died.
 *
 * @param asked what the command was asked for beside it, which must be nothing: the journal says what the run is.
 * @throws NotResumableError, JournalReadError
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
  const run = name === 'last' ? await lastRun(reports) : name;
  const { start, end, lastCycle } = await pointOf(reports, run);
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
  return { run, start };
}

/** The last run of a host, where its controller died in it; undefined where it ended, however it did. */
export async function unfinishedRun(reports: string, host: string): Promise<UnfinishedRun | undefined> {
  const run = (await runsIn(reports)).findLast((name) => name.endsWith(`Z-${host}`));
  if (run === undefined) return undefined;
  const point = await pointOf(reports, run).catch(() => undefined);
  if (point?.start === undefined || point.end !== undefined || point.start.plan.cycles === 0) return undefined;
  return { run, bisect: point.start.plan.bisect };
}

async function pointOf(reports: string, run: string): Promise<ResumePoint> {
  const { journal } = runFiles(runDirectory(reports, run));
  if ((await segmentsOf(journal)).length === 0) {
    throw new NotResumableError(`There is no run ${run} in ${reports}.`);
  }
  let point = noResumePoint;
  for await (const event of readJournalTail(journal)) point = afterEvent(point, event);
  return point;
}

async function lastRun(reports: string): Promise<string> {
  const last = (await runsIn(reports)).at(-1);
  if (last === undefined) throw new NotResumableError(`There is no run in ${reports}.`);
  return last;
}

/** Their names sort by time. */
async function runsIn(reports: string): Promise<string[]> {
  const names: readonly string[] = await readdir(reports).catch(() => []);
  const runs: string[] = [];
  for (const name of names.filter((one) => /^\d{4}-\d\d-\d\dT/.test(one)).sort()) {
    if ((await stat(runDirectory(reports, name))).isDirectory()) runs.push(name);
  }
  return runs;
}
