import { ComebackError, type ErrorKind } from '../errors.ts';
import { type JournalEventOf, journalVersion } from '../journal/events.ts';
import { runCanary } from '../judge/canary.ts';
import type { SoakPlan, SoakWorld } from './plan.ts';
import { takeUp } from './take-up.ts';

/** The judge failed to notice what it must notice; no verdict of such a run would mean anything. */
export class SilentCanaryError extends ComebackError {
  override readonly code = 'CANARY_SILENT';
  override readonly kind = 'internal';

  constructor(silent: readonly string[]) {
    super(`The judge does not notice ${silent.join(', ')}: this comeback is broken; nothing was started.`);
  }
}

/**
 * Everything that a run is in its journal, whatever it does: who it is, the proof that its judge can see, and how it ended.
 *
 * @param body tells why it ended the run early, where a rule of the plan did.
 * @throws what the body throws; the journal says it first.
 */
export async function framedRun(
  plan: SoakPlan,
  world: SoakWorld,
  body: () => Promise<string | undefined>,
): Promise<void> {
  const { journal, stop } = world;
  try {
    if (world.past === undefined) await introduce(plan, world);
    else await takeUp(plan, world, world.past);
    await proveJudge(world);
    const stopped = await body();
    const reason = stop.aborted ? 'interrupted' : stopped === undefined ? 'cycles-done' : 'stop-rule';
    await journal.append(
      { t: 'run-finished', reason, ...(stopped === undefined ? {} : { message: stopped }) },
      { sync: true },
    );
  } catch (error) {
    const known = error instanceof ComebackError ? error : undefined;
    const message = error instanceof Error ? error.message : String(error);
    const reason = endReason(known?.kind, stop);
    await journal.append({ t: 'run-finished', reason, code: known?.code ?? 'INTERNAL', message }, { sync: true });
    throw error;
  }
}

function endReason(kind: ErrorKind | undefined, stop: AbortSignal): JournalEventOf<'run-finished'>['reason'] {
  if (kind === 'parked') return 'parked';
  if (kind === 'safety' || kind === 'usage') return 'refused';
  return stop.aborted ? 'interrupted' : 'infra';
}

async function introduce(plan: SoakPlan, { journal }: SoakWorld): Promise<void> {
  await journal.append(
    {
      t: 'run-started',
      version: journalVersion,
      comeback: plan.comebackVersion,
      run: plan.run,
      host: plan.host,
      functions: plan.functions.map(({ name, ...rest }) => ({ ...rest, ...(name === undefined ? {} : { name }) })),
      vm: plan.vm,
      plan: {
        ...(plan.cycles === undefined || plan.bisect !== undefined ? {} : { cycles: plan.cycles }),
        ...(plan.bisect === undefined ? {} : { bisect: plan.bisect }),
        ...(Object.keys(plan.stopRules).length === 0 ? {} : { stop: plan.stopRules }),
        ...(plan.cell === undefined ? {} : { cell: plan.cell }),
        recovery: {
          rungs: plan.recovery.rungs,
          waitMs: plan.recovery.waitMs,
          ...(plan.recovery.stopAt === undefined ? {} : { stopAt: plan.recovery.stopAt }),
        },
      },
    },
    { sync: true },
  );
}

async function proveJudge({ journal }: SoakWorld): Promise<void> {
  const { checked, silent } = runCanary();
  await journal.append({ t: 'canary', checked, silent });
  if (silent.length > 0) throw new SilentCanaryError(silent);
}
