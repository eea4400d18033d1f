import { setTimeout as sleep } from 'node:timers/promises';
import type { GateResult } from '../host/gate.ts';
import type { LabHost } from '../host/lab-host.ts';
import { LabTakenOverError, ObserverRequestError } from '../observer/errors.ts';
import { holderWords, isSameRun, seemsAbandoned } from '../observer/lock-words.ts';
import type { LockHolder } from '../observer/protocol.ts';
import { passGates } from './gates.ts';
import type { SoakPlan, SoakWorld } from './plan.ts';

/** How often a lock is asked for again whose holder is dead, and for how long: its observer ends itself after 90 s of silence. */
const lockPauseMs = 2_000;
const mostLockPauses = 60;
/** The observer of a run that has just ended may not have noticed yet, on a busy host: whoever holds the lock is asked again before it is told to a person. */
const endingPauseMs = 1_000;
const mostEndingPauses = 3;
/** How long a holder may take to give way, and its process to end after each signal. */
const giveWayMs = 2_000;
const lookEveryMs = 100;

/**
 * Takes the lab lock. One that this very run still holds through a connection it lost, or that a dead controller left, is waited for;
 * one that another run has is a closed gate, unless the plan takes it over.
 *
 * @throws GateRefusedError where another run has the lab; LabTakenOverError where it was ours before.
 */
export async function takeLock(plan: SoakPlan, world: SoakWorld, host: LabHost): Promise<void> {
  const { clock, stop, claim } = world;
  for (let pauses = 0; ; pauses += 1) {
    const holder = await ownLock(plan, host);
    if (holder === undefined) {
      claim.wasOurs = true;
      return;
    }
    const isOld = isSameRun(holder.owner, plan.owner);
    if (!isOld && claim.wasOurs) throw new LabTakenOverError(plan.host, holder.owner);
    if (!isOld && plan.takeOver) {
      await takeOver(plan, world, host, holder);
      claim.wasOurs = true;
      return;
    }
    const isDead = isOld || seemsAbandoned(holder);
    if (pauses >= (isDead ? mostLockPauses : mostEndingPauses)) return await refuse(plan, world, holder);
    await clock.sleep(isDead ? lockPauseMs : endingPauseMs, stop);
  }
}

/** Who has the lock instead of us. */
async function ownLock(plan: SoakPlan, host: LabHost): Promise<LockHolder | undefined> {
  const lock = await host.observer.lock(plan.owner, { timeoutMs: plan.timeouts.commandMs });
  return lock.held === 'by-us' ? undefined : lock.holder;
}

async function refuse(plan: SoakPlan, world: SoakWorld, holder: LockHolder, why?: string): Promise<never> {
  const advice = why ?? 'wait for its end, end it, or take the lab over with --take-over: that run ends at once then';
  const gate: GateResult = {
    gate: 'lock',
    passed: false,
    findings: [`another run has this lab: ${holderWords(holder)}; ${advice}`],
  };
  await passGates(plan, world, [gate]);
  throw new Error('a closed gate was passed');
}

/**
 * Has the present holder give way: it tells its controller, whose run ends with that. One that does not answer is ended by its process,
 * once the kernel and its name have proven that this is the observer that holds the lock.
 */
async function takeOver(plan: SoakPlan, world: SoakWorld, host: LabHost, holder: LockHolder): Promise<void> {
  const { journal } = world;
  const { observer } = host;
  const wait = { timeoutMs: plan.timeouts.commandMs };
  const { owner, pid, heldSeconds } = holder;
  await journal.append({ t: 'take-over-intent', from: owner, pid, heldSeconds }, { sync: true });
  const ways = [
    ['gave-way', () => observer.askToGiveWay(plan.owner, wait)],
    ['terminated', async () => (pid === null ? undefined : await observer.oust(pid, 'TERM', wait))],
    ['killed', async () => (pid === null ? undefined : await observer.oust(pid, 'KILL', wait))],
  ] as const;
  let refusal = 'its observer could not be ended';
  for (const [how, act] of ways) {
    try {
      await act();
    } catch (error) {
      // It may have gone meanwhile, which the next look tells.
      if (!(error instanceof ObserverRequestError)) throw error;
      refusal = error.reason;
    }
    // Not counted in looks: a holder that is frozen takes two seconds for each.
    for (const askedAtMs = performance.now(); performance.now() - askedAtMs <= giveWayMs;) {
      const now = await ownLock(plan, host);
      if (now === undefined) {
        await journal.append({ t: 'take-over-done', from: owner, how }, { sync: true });
        return;
      }
      if (now.pid !== null && now.pid !== pid) return await refuse(plan, world, now, 'it was quicker than this run');
      await sleep(lookEveryMs);
    }
  }
  await refuse(plan, world, holder, `it does not give way: ${refusal}`);
}
