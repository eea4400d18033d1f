import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '../clock.ts';
import type { SoakWorld } from '../cycle/plan.ts';
import { RunJournal, type RunJournalOptions } from '../cycle/run-journal.ts';
import type { LabHostConfig } from '../inventory/config.ts';
import { roomGuard } from '../journal/room.ts';
import { runFiles } from '../report/write-reports.ts';
import type { SshTarget } from '../ssh/target.ts';
import { labWorld } from './lab-world.ts';
import { holdRun } from './run-lease.ts';
import { toldRun } from './told-run.ts';

/** One run on the disk: its directory, its journal, and the world that the engine runs in. */
export interface RunRequest extends Pick<RunJournalOptions, 'onEvent'> {
  readonly host: LabHostConfig;
  readonly target: SshTarget;
  readonly reports: string;
  readonly run: string;
  readonly stop: AbortSignal;
}

/** The directory of a run. */
export function runDirectory(reports: string, run: string): string {
  return join(reports, run);
}

/**
 * Does something that writes a journal, in a new run. Console and power belong to it from the first moment to the last.
 *
 * @throws what the action throws, and what keeps its world from being put together.
 */
export async function recordRun(request: RunRequest, action: (world: SoakWorld) => Promise<void>): Promise<void> {
  const directory = runDirectory(request.reports, request.run);
  await mkdir(directory, { recursive: true });
  await using _lease = await holdRun(directory);
  await using told = toldRun(request);
  await using journal = await RunJournal.create(runFiles(directory).journal, systemClock, told.events);
  told.judge = journal.judge;
  await inWorld(request, journal, action);
}

/**
 * Goes on with the journal of an earlier session.
 *
 * @param onOldEvent is told of what is in it already, as far back as its last checkpoint.
 * @throws RunUnderWayError where another process goes on with it; else as {@link recordRun}.
 */
export async function resumeRun(
  request: RunRequest,
  onOldEvent: RunJournalOptions['onOldEvent'] & {},
  action: (world: SoakWorld) => Promise<void>,
): Promise<void> {
  const directory = runDirectory(request.reports, request.run);
  // Two processes that write one journal would ruin it.
  await using _lease = await holdRun(directory);
  await using told = toldRun(request);
  const options = { ...told.events, onOldEvent };
  await using journal = await RunJournal.resume(runFiles(directory).journal, systemClock, options);
  told.judge = journal.judge;
  await inWorld(request, journal, action);
}

async function inWorld(
  { host, target, reports, run, stop }: RunRequest,
  { writer: journal, judge, past }: RunJournal,
  action: (world: SoakWorld) => Promise<void>,
): Promise<void> {
  const directory = runDirectory(reports, run);
  await using lab = await labWorld(host, target, { directory, reports, journal, judge, clock: systemClock, stop });
  await action({ ...lab.world, past, requireRoom: roomGuard(directory) });
}
