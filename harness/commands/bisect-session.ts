import { join } from 'node:path';
import { driveBisect, type DriveWorld, type SessionLimits } from '../bisect-run/drive.ts';
import { systemClock } from '../clock.ts';
import { type ComebackError, expectedFailure } from '../errors.ts';
import { createBisect, type OpenBisect, resumeBisect, visitRunName } from './bisect-journal.ts';
import { bisectProgress } from './bisect-progress.ts';
import { recordOf, runVisit, type VisitSession } from './bisect-visits.ts';
import { KernelBuilder, KernelBuildError } from './git-kernels.ts';
import { progressLines } from './progress.ts';
import { holdRun } from './run-lease.ts';

/** Where a bisect is written down. */
export interface SessionPlace {
  readonly directory: string;
  /** What a new one begins with; undefined for one that is gone on with. */
  readonly started: Parameters<typeof createBisect>[1] | undefined;
}

export interface BisectSession extends Omit<VisitSession, 'progress'> {
  readonly limits: SessionLimits;
  readonly say: (words: string) => void;
}

/** Drives a bisect on its host until it is over or the session is. @returns why it went no further, where something failed. */
export async function runSession(place: SessionPlace, session: BisectSession): Promise<ComebackError | undefined> {
  await using opened = await held(place);
  const { log, writeDown } = opened;
  const { host, reports, stop, limits, say } = session;
  const visits: VisitSession = {
    ...session,
    progress: () =>
      progressLines((line) => {
        say(`  ${line}`);
      }),
  };
  const { build } = log.start;
  const builder = build === undefined ? undefined : new KernelBuilder(build, join(place.directory, 'build'));
  const world: DriveWorld = {
    ...{ clock: systemClock, stop, limits, say, writeDown },
    newRun: () => visitRunName(host.name, systemClock.nowMs()),
    run: (visit) => runVisit(log, visit, visits),
    read: async (visit) => (await recordOf(visit, reports))?.over,
    build: async (commit) => {
      if (builder === undefined) throw new KernelBuildError(`Nothing says how the commit ${commit} is built.`);
      say(`builds ${commit.slice(0, 12)}`);
      return await builder.build(commit, stop);
    },
    onDecision: bisectProgress(log, systemClock, say),
  };
  const failure = await expectedFailure(driveBisect(log, world));
  if (log.end?.reason === 'verdict') await builder?.clear();
  return failure;
}

/** A bisect is driven by one process: two would write one journal. */
async function held({ directory, started }: SessionPlace): Promise<OpenBisect> {
  const lease = await holdRun(directory);
  try {
    const opened = started === undefined ? await resumeBisect(directory) : await createBisect(directory, started);
    return {
      ...{ log: opened.log, writeDown: opened.writeDown },
      [Symbol.asyncDispose]: async () => {
        await opened[Symbol.asyncDispose]();
        await lease[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await lease[Symbol.asyncDispose]();
    throw error;
  }
}
