import type { Decision, Visit } from '../bisect/decision.ts';
import type { Clock } from '../clock.ts';
import { ComebackError, expectedFailure } from '../errors.ts';
import type { JournalEvent, JournalEventBody, JournalEventOf } from '../journal/events.ts';
import type { BisectLog, VisitDecided, VisitOver } from './bisect-log.ts';
import { KernelSkippedError, VisitUnfinishedError } from './errors.ts';

type Finished = JournalEventOf<'bisect-finished'>;

/** What a session may still spend; absent: no limit. */
export interface SessionLimits {
  /** From the start of the session. */
  readonly forMs?: number | undefined;
  /** Boots of the host, over all sessions. */
  readonly boots?: number | undefined;
}

/** Everything outside: where to write, what to ask of hosts, what to tell whoever watches. */
export interface DriveWorld {
  readonly clock: Clock;
  readonly stop: AbortSignal;
  readonly limits: SessionLimits;
  /** Writes an event down, on the disk before it resolves. */
  readonly writeDown: (body: JournalEventBody) => Promise<JournalEvent>;
  /** A name for a run that begins now; no other has it. */
  readonly newRun: () => string;
  /** Runs the cycles of a visit that are not run yet. It may fail: what its run's journal tells counts. @throws ComebackError */
  readonly run: (visit: VisitDecided) => Promise<void>;
  /** What the journal of the visit's run tells of it; undefined while it is not over. */
  readonly read: (visit: VisitDecided) => Promise<Omit<VisitOver, 'n' | 'at'> | undefined>;
  /** Makes the package of a commit. @throws KernelSkippedError where it cannot be built, and that says nothing about others. */
  readonly build: (commit: string) => Promise<{ readonly package: string; readonly release: string }>;
  readonly onDecision: (decision: Decision) => void;
  readonly say: (words: string) => void;
}

/** A host that was rebooted as often as an hour may have it is asked again after so long. */
const budgetPauseMs = 5 * 60_000;

/**
 * Drives a bisect to its end: decide, write the decision down, visit, write down what was seen. All it knows is in the log, so whoever begins
 * with the log of a bisect that was left goes on with it.
 *
 * @throws what a visit throws that is no result of its cell; the journal says it first.
 */
export async function driveBisect(log: BisectLog, world: DriveWorld): Promise<void> {
  const finish = async (body: Omit<Finished, 't' | 'n' | 'at'>): Promise<void> => {
    log.push(await world.writeDown({ t: 'bisect-finished', ...body }));
  };
  try {
    await finish(await untilEnd(log, world));
  } catch (error) {
    const { code = 'INTERNAL', kind } = error instanceof ComebackError ? error : {};
    const message = error instanceof Error ? error.message : String(error);
    const reason = world.stop.aborted ? 'interrupted' : reasonOf(kind);
    await finish({ reason, code, message });
    throw error;
  }
}

function reasonOf(kind: ComebackError['kind'] | undefined): Finished['reason'] {
  if (kind === 'parked' || kind === 'interrupted') return kind;
  return kind === 'safety' || kind === 'usage' ? 'refused' : 'infra';
}

async function untilEnd(log: BisectLog, world: DriveWorld): Promise<Omit<Finished, 't' | 'n' | 'at'>> {
  const { clock, stop, limits } = world;
  const startedMs = clock.nowMs();
  for (;;) {
    const open = log.openVisit;
    if (open !== undefined) await visited(log, world, open);
    if (stop.aborted) return { reason: 'interrupted' };
    const nowMs = clock.nowMs();
    const decision = log.bisector.next(nowMs, log.position);
    world.onDecision(decision);
    if (decision.kind === 'verdict') return { reason: 'verdict' };
    const { forMs = Infinity, boots = Infinity } = limits;
    if (nowMs - startedMs >= forMs) return { reason: 'limit', message: 'its time is up' };
    if (log.boots >= boots && needsBoot(decision))
      return { reason: 'limit', message: `the host was booted ${log.boots} times` };
    if (!(await built(log, world, decision))) continue;
    log.push(await world.writeDown(visitEvent(log, decision, nowMs, world.newRun)));
  }
}

function needsBoot(visit: Visit): boolean {
  return visit.freshBoot || visit.switch !== 'none';
}

/** A visit that needs no boot goes on with the run of the one before it. */
function visitEvent(log: BisectLog, decision: Visit, nowMs: number, newRun: () => string): JournalEventBody {
  const before = log.visits.at(-1);
  const goesOn = !needsBoot(decision) && log.position !== undefined && before?.over !== undefined;
  const fromCycle = goesOn ? before.over.lastCycle : 0;
  const { cell, cycles, endAtLossOf, why, expected } = decision;
  return {
    t: 'visit-decided',
    visit: log.visits.length + 1,
    cell: { ...cell },
    run: goesOn ? before.decided.run : newRun(),
    fromCycle,
    toCycle: fromCycle + cycles,
    endAtLossOf: log.start.roles.filter((role) => endAtLossOf.includes(role)),
    switch: decision.switch,
    ...{ why, nowMs, expected: { ...expected } },
  };
}

async function visited(log: BisectLog, world: DriveWorld, visit: VisitDecided): Promise<void> {
  for (;;) {
    // A controller that died may have left a visit that is over and was not counted.
    let over = await world.read(visit);
    let failure: ComebackError | undefined;
    if (over === undefined) {
      failure = await expectedFailure(world.run(visit));
      over = await world.read(visit);
    }
    if (over !== undefined) {
      log.push(await world.writeDown(over));
      return;
    }
    if (world.stop.aborted) return;
    if (failure?.code !== 'REBOOT_BUDGET_SPENT' || !('limit' in failure) || failure.limit !== 'rebootsPerHour') {
      throw failure ?? new VisitUnfinishedError(visit.run);
    }
    world.say(`${failure.message} Asked again in ${budgetPauseMs / 60_000} minutes.`);
    const isCalledOff = await world.clock.sleep(budgetPauseMs, world.stop).then(
      () => false,
      () => true,
    );
    if (isCalledOff) return;
  }
}

/** @returns false where the kernel is left out: another decision is due. */
async function built(log: BisectLog, world: DriveWorld, { cell: { kernel } }: Visit): Promise<boolean> {
  const commit = log.commitToBuild(kernel);
  if (commit === undefined) return true;
  const startedMs = world.clock.nowMs();
  try {
    const { package: path, release } = await world.build(commit);
    const durationMs = Math.max(0, Math.round(world.clock.nowMs() - startedMs));
    log.push(await world.writeDown({ t: 'kernel-built', kernel, package: path, release, durationMs }));
    return true;
  } catch (error) {
    if (!(error instanceof KernelSkippedError)) throw error;
    log.push(await world.writeDown({ t: 'kernel-skipped', kernel, why: error.message }));
    return false;
  }
}
