import { rm } from 'node:fs/promises';
import type { BisectLog, VisitDecided } from '../bisect-run/bisect-log.ts';
import { cellRequestOf } from '../bisect-run/cell-request.ts';
import { VisitRecord } from '../bisect-run/visit-record.ts';
import { runSoak } from '../cycle/soak.ts';
import type { LabHostConfig } from '../inventory/config.ts';
import { readJournal } from '../journal/reader.ts';
import { segmentsOf } from '../journal/segments.ts';
import { runFiles, writeReports } from '../report/write-reports.ts';
import type { SshTarget } from '../ssh/target.ts';
import type { Progress } from './progress.ts';
import { recordRun, resumeRun, runDirectory } from './record-run.ts';
import { soakPlan } from './soak-plan.ts';

/** What all visits of a session have in common. */
export interface VisitSession {
  readonly host: LabHostConfig;
  readonly target: SshTarget;
  readonly reports: string;
  readonly bisect: string;
  readonly resumeCommand: string;
  readonly stop: AbortSignal;
  readonly acceptLastingPin: boolean;
  readonly flashIsOver: boolean;
  readonly takeOver: boolean;
  /** What watches one run. */
  readonly progress: () => Progress;
}

/** Runs the cycles of a visit that are not run yet, by the engine of every run and in a journal of that run. @throws what a soak throws. */
export async function runVisit(log: BisectLog, visit: VisitDecided, session: VisitSession): Promise<void> {
  const { host, target, reports, bisect, stop, resumeCommand } = session;
  const { run, toCycle, endAtLossOf } = visit;
  const plan = soakPlan(host, run, {
    cycles: toCycle,
    stopRules: { untilLost: endAtLossOf },
    cell: cellRequestOf(log, visit.cell),
    ...{ bisect, resumeCommand },
    acceptLastingPin: session.acceptLastingPin,
    flashIsOver: session.flashIsOver,
    takeOver: session.takeOver,
    // What is lost is left so: another boot is what the bisect asks for.
    recovery: { recover: 'none' },
  });
  const progress = session.progress();
  const request = { host, target, reports, run, stop, onEvent: progress.event };
  const record = await recordOf(visit, reports);
  // It died before it wrote who it is: nothing was done.
  if (record?.isRun === false) await rm(runDirectory(reports, run), { recursive: true, force: true });
  try {
    if (record?.isRun === true) await resumeRun(request, progress.oldEvent, (world) => runSoak(plan, world));
    else await recordRun(request, (world) => runSoak(plan, world));
  } finally {
    await writeReports(runDirectory(reports, run)).catch(() => undefined);
  }
}

/** What the journal of a visit's run tells; undefined where there is none. */
export async function recordOf(visit: VisitDecided, reports: string): Promise<VisitRecord | undefined> {
  const { journal } = runFiles(runDirectory(reports, visit.run));
  if ((await segmentsOf(journal)).length === 0) return undefined;
  const record = new VisitRecord(visit);
  for await (const event of readJournal(journal)) record.push(event);
  return record;
}
