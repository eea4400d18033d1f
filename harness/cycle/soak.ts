import { ComebackError } from '../errors.ts';
import { journalVersion } from '../journal/events.ts';
import { runCanary } from '../judge/canary.ts';
import { Bench } from './bench.ts';
import { OwnVm } from './own-vm.ts';
import type { SoakPlan, SoakWorld } from './plan.ts';

/** How long a host may take to come back after it was lost: a reboot of a big board with its memory training. */
const reconnectTimeoutMs = 600_000;
/** For the last try to stop a VM on a host that was lost: nobody waits ten minutes for a run to end. */
const lastReconnectTimeoutMs = 30_000;
/** A lab that is lost this often in a row is broken; going on would only fill the journal. */
const maxLossesInARow = 3;

/** The judge failed to notice what it must notice; no verdict of such a run would mean anything. */
export class SilentCanaryError extends ComebackError {
  override readonly code = 'CANARY_SILENT';
  override readonly kind = 'internal';

  constructor(silent: readonly string[]) {
    super(`The judge does not notice ${silent.join(', ')}: this comeback is broken; nothing was started.`);
  }
}

/**
 * Runs the cycles of a plan and writes everything into the journal; the verdicts are the judge's.
 *
 * @throws GateRefusedError before anything was started; ComebackError of kind `infra` where the lab could not be had or kept.
 * Whatever it throws, the journal says it first.
 */
export async function runSoak(plan: SoakPlan, world: SoakWorld): Promise<void> {
  const { journal, stop } = world;
  try {
    await proveJudge(plan, world);
    await runCycles(plan, world);
    await journal.append({ t: 'run-finished', reason: stop.aborted ? 'interrupted' : 'cycles-done' }, { sync: true });
  } catch (error) {
    const known = error instanceof ComebackError ? error : undefined;
    const reason =
      known?.kind === 'safety' || known?.kind === 'usage' ? 'refused' : stop.aborted ? 'interrupted' : 'infra';
    const message = error instanceof Error ? error.message : String(error);
    await journal.append({ t: 'run-finished', reason, code: known?.code ?? 'INTERNAL', message }, { sync: true });
    throw error;
  }
}

async function proveJudge(plan: SoakPlan, { journal }: SoakWorld): Promise<void> {
  await journal.append(
    {
      t: 'run-started',
      version: journalVersion,
      comeback: plan.comebackVersion,
      run: plan.run,
      host: plan.host,
      functions: plan.functions.map(({ name, ...rest }) => ({ ...rest, ...(name === undefined ? {} : { name }) })),
      vm: plan.vm,
      plan: { cycles: plan.cycles },
    },
    { sync: true },
  );
  const { checked, silent } = runCanary();
  await journal.append({ t: 'canary', checked, silent });
  if (silent.length > 0) throw new SilentCanaryError(silent);
}

async function runCycles(plan: SoakPlan, world: SoakWorld): Promise<void> {
  const { journal, stop } = world;
  const own = new OwnVm();
  const stopped = (): boolean => stop.aborted;
  let bench: Bench | undefined;
  let bootIdBefore: string | undefined;
  let lossesInARow = 0;
  try {
    const host = await world.connect({ timeoutMs: plan.timeouts.connectMs, signal: stop });
    bench = await Bench.setUp(plan, world, host, own);
    for (let cycle = 1; cycle <= plan.cycles && !stopped();) {
      let begun = false;
      try {
        bench ??= await comeBack(plan, world, own, bootIdBefore);
        begun = true;
        await bench.hands.run(cycle);
        await bench.kernel.flush();
        lossesInARow = 0;
      } catch (error) {
        if (!isLabLoss(error)) throw error;
        await journal.append({ t: 'lab-lost', code: error.code, message: error.message }, { sync: true });
        if (begun) await journal.append({ t: 'cycle-finished', cycle, complete: false }, { sync: true });
        lossesInARow += 1;
        if (lossesInARow >= maxLossesInARow || stopped()) throw error;
        bootIdBefore = bench?.bootId ?? bootIdBefore;
        await bench?.[Symbol.asyncDispose]();
        bench = undefined;
      }
      if (begun) cycle += 1;
    }
  } finally {
    await leaveVmStopped(plan, world, bench, own);
    await bench?.[Symbol.asyncDispose]();
  }
}

async function comeBack(plan: SoakPlan, world: SoakWorld, own: OwnVm, bootIdBefore?: string): Promise<Bench> {
  const host = await world.reconnect({ timeoutMs: reconnectTimeoutMs, signal: world.stop });
  return await Bench.setUp(plan, world, host, own, bootIdBefore);
}

/**
 * The last thing a run does: no VM of its own stays up. In order, then without the journal if that is what failed, then over a new connection;
 * where all of it fails, the journal says so, for a person must look.
 */
async function leaveVmStopped(plan: SoakPlan, world: SoakWorld, bench: Bench | undefined, own: OwnVm): Promise<void> {
  if (own.cycle === undefined) return;
  const ways: (() => Promise<void>)[] = [
    async () => bench?.hands.stopLeftover(),
    async () => {
      await using host = await world.reconnect({ timeoutMs: lastReconnectTimeoutMs });
      const stop = await world.vmOn(host).stop({ timeoutMs: plan.timeouts.vmStopMs });
      if (stop.ok) own.isDown();
    },
  ];
  for (const way of ways) {
    try {
      await way();
    } catch (error) {
      if (!(error instanceof ComebackError)) throw error;
    }
    // A way that worked has told `own` so.
    if (isDown(own)) return;
  }
  const message = `VM ${plan.vm.id} may still be running on ${plan.host}: it could not be stopped, look at it.`;
  await world.journal.append({ t: 'lab-lost', code: 'VM_MAY_BE_UP', message }).catch(() => undefined);
}

function isDown(own: OwnVm): boolean {
  return own.cycle === undefined;
}

/** The connection, the observer, the VM manager or a deadline failed us: nothing of it says anything about a device. */
function isLabLoss(error: unknown): error is ComebackError {
  return error instanceof ComebackError && error.kind === 'infra' && error.code !== 'JOURNAL_WRITE_FAILED';
}
