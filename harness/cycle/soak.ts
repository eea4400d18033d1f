import { ComebackError } from '../errors.ts';
import type { Bench } from './bench.ts';
import { LabTakenOverError } from '../observer/errors.ts';
import { isVmGone } from '../observer/mirror.ts';
import { CycleLoop } from './cycle-loop.ts';
import type { OwnVm } from './own-vm.ts';
import type { SoakPlan, SoakWorld } from './plan.ts';
import { framedRun } from './run-frame.ts';
import { stopRulingOf } from './stop-rules.ts';

/** For the last try to stop a VM on a host that was lost: nobody waits ten minutes for a run to end. */
const lastReconnectTimeoutMs = 30_000;

/**
 * Runs the cycles of a plan and writes everything into the journal; the verdicts are the judge's.
 *
 * @throws GateRefusedError before anything was started; ComebackError of kind `infra` where the lab could not be had or kept.
 * Whatever it throws, the journal says it first.
 */
export async function runSoak(plan: SoakPlan, world: SoakWorld): Promise<void> {
  await framedRun(plan, world, async () => {
    const loop = new CycleLoop(plan, world, stopRulingOf(plan, world));
    try {
      return await loop.run();
    } finally {
      await leaveVmStopped(plan, world, loop.bench, loop.own);
      await loop.bench?.[Symbol.asyncDispose]();
    }
  });
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
      const lock = await host.observer.lock(plan.owner, { timeoutMs: plan.timeouts.commandMs });
      if (lock.held === 'by-other' && lock.holder.owner !== plan.owner) {
        throw new LabTakenOverError(plan.host, lock.holder.owner);
      }
      const vm = world.vmOn(host);
      await host.observer.watchVm(vm.pidFile, { timeoutMs: plan.timeouts.commandMs });
      // Also where the journal is what failed: a VM that nobody knows of is worse.
      const written =
        own.cycle === undefined
          ? undefined
          : world.journal.append({ t: 'intent', act: 'vm-stop', cycle: own.cycle }, { sync: true });
      await written?.catch(() => undefined);
      const stop = await vm.stop({ timeoutMs: plan.timeouts.vmStopMs });
      // What the manager says is not enough: it may be wrong.
      await host.observer.until(isVmGone, { timeoutMs: plan.timeouts.commandMs }, `${vm.name} to be gone`);
      if (stop.ok) own.isDown();
    },
  ];
  for (const way of own.isGivenUp ? [] : ways) {
    try {
      await way();
    } catch (error) {
      if (!(error instanceof ComebackError)) throw error;
      if (error instanceof LabTakenOverError) {
        const { code, message } = error;
        await world.journal.append({ t: 'lab-lost', code, message }).catch(() => undefined);
        return;
      }
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
