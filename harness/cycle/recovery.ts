import { ConfigWriteError } from '../host/config-write.ts';
import { departuresFrom } from '../pci/departures.ts';
import type { PciAddress } from '../pci/address.ts';
import type { HealthByFunction } from '../pci/health.ts';
import { makesUnusable } from '../pci/symptoms.ts';
import type { Bench } from './bench.ts';
import type { SoakPlan, SoakWorld } from './plan.ts';
import { type LiveRung, liveRungs } from './rungs.ts';

/** Boots the host anew, into the cell of the plan, and sets a bench up on it. */
export type RebootBench = (bench: Bench) => Promise<Bench>;

/** Functions that cannot be used as they stand, measured against what they were before the first cycle. */
export function lostFunctions(baseline: HealthByFunction, now: HealthByFunction): PciAddress[] {
  return [...baseline].flatMap(([address, before]) => {
    const health = now.get(address);
    const departures = health === undefined ? [] : departuresFrom(before, health, { driver: undefined });
    return departures.some(({ symptom }) => makesUnusable(symptom)) ? [address] : [];
  });
}

/**
 * Climbs the recovery ladder after a cycle that lost functions: one rung of the plan after the other, until all are back.
 * A step that the host refuses is written down, and the next one is taken.
 *
 * @param baseline health before the first cycle.
 * @returns the bench to go on with: another one after a reboot.
 */
export async function recover(
  plan: SoakPlan,
  world: SoakWorld,
  cycle: number,
  bench: Bench,
  baseline: HealthByFunction,
  rebootBench: RebootBench,
): Promise<Bench> {
  const { journal, clock } = world;
  let current = bench;
  let lost = lostFunctions(baseline, current.hands.lastSeen);
  for (const rung of plan.rungs) {
    if (lost.length === 0 || world.stop.aborted) break;
    await journal.append({ t: 'rung-intent', rung, cycle, functions: lost }, { sync: true });
    const startedMs = clock.nowMs();
    let refusal: string | undefined;
    if (rung === 'host-reboot') current = await rebootBench(current);
    else refusal = await takeLiveRung(rung, plan, world, cycle, current, baseline, lost);
    const still = lostFunctions(baseline, current.hands.lastSeen);
    const revived = lost.filter((address) => !still.includes(address));
    const durationMs = Math.max(0, clock.nowMs() - startedMs);
    await journal.append(
      { t: 'rung-done', rung, cycle, revived, durationMs, ...(refusal === undefined ? {} : { message: refusal }) },
      { sync: true },
    );
    lost = still;
  }
  return current;
}

/** @returns why the host refused it; undefined where it did not. */
async function takeLiveRung(
  rung: LiveRung,
  plan: SoakPlan,
  { clock, stop }: SoakWorld,
  cycle: number,
  { host, hands }: Bench,
  baseline: HealthByFunction,
  lost: readonly PciAddress[],
): Promise<string | undefined> {
  const wait = { timeoutMs: plan.timeouts.commandMs };
  const sleep = async (durationMs: number): Promise<void> => {
    await clock.sleep(durationMs, stop).catch((error: unknown) => {
      if (!stop.aborted) throw error;
    });
  };
  let refusal: string | undefined;
  try {
    await liveRungs[rung]({ host, baseline, now: hands.lastSeen, lost, sleep, wait });
  } catch (error) {
    if (!(error instanceof ConfigWriteError)) throw error;
    refusal = error.message;
  }
  await hands.lookAt('recovery', cycle);
  return refusal;
}
