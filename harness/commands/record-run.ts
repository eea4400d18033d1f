import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '../clock.ts';
import type { SoakWorld } from '../cycle/plan.ts';
import type { LabHostConfig } from '../inventory/config.ts';
import type { JournalEvent } from '../journal/events.ts';
import { JournalWriter } from '../journal/writer.ts';
import { runFiles } from '../report/write-reports.ts';
import type { SshTarget } from '../ssh/target.ts';
import { labWorld } from './lab-world.ts';
import { holdRun } from './run-lease.ts';

/** One run on the disk: its directory, its journal, and the world that the engine runs in. */
export interface RunRequest {
  readonly host: LabHostConfig;
  readonly target: SshTarget;
  readonly reports: string;
  readonly run: string;
  readonly stop: AbortSignal;
  /** Told of every event once it is in the journal. */
  readonly onEvent?: (event: JournalEvent) => void;
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
  const { reports, run, onEvent } = request;
  await mkdir(runDirectory(reports, run), { recursive: true });
  await using _lease = await holdRun(runDirectory(reports, run));
  await using journal = await JournalWriter.create(
    runFiles(runDirectory(reports, run)).journal,
    systemClock,
    onEvent === undefined ? {} : { onEvent },
  );
  await inWorld(request, journal, action);
}

/**
 * Goes on with the journal of an earlier run.
 *
 * @param onOldEvent is told of what is in it already.
 * @throws RunUnderWayError where another process goes on with it; else as {@link recordRun}.
 */
export async function resumeRun(
  request: RunRequest,
  onOldEvent: (event: JournalEvent) => void,
  action: (world: SoakWorld) => Promise<void>,
): Promise<void> {
  const { reports, run, onEvent = () => undefined } = request;
  // Two processes that write one journal would ruin it.
  await using _lease = await holdRun(runDirectory(reports, run));
  await using journal = await JournalWriter.resume(
    runFiles(runDirectory(reports, run)).journal,
    systemClock,
    { onEvent },
    onOldEvent,
  );
  await inWorld(request, journal, action);
}

async function inWorld(
  { host, target, reports, run, stop }: RunRequest,
  journal: JournalWriter,
  action: (world: SoakWorld) => Promise<void>,
): Promise<void> {
  const directory = runDirectory(reports, run);
  await using lab = await labWorld(host, target, { directory, reports, journal, clock: systemClock, stop });
  await action(lab.world);
}
