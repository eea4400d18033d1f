import { ConfigWriteError } from '../../host/config-write.ts';
import { BusActError } from '../../host/recovery/bus-acts.ts';
import { type RungName, rungNames } from '../../journal/events.ts';
import { departuresFrom } from '../../pci/departures.ts';
import type { PciAddress } from '../../pci/address.ts';
import type { HealthByFunction } from '../../pci/health.ts';
import { makesUnusable } from '../../pci/symptoms.ts';
import { DeadlineError } from '../../wait.ts';
import type { Bench } from '../bench.ts';
import type { SoakPlan, SoakWorld } from '../plan.ts';
import { liveRungs } from './live-rungs.ts';
import { type LiveRung, type RungEnd, taken } from './rung.ts';

/** Boots the host anew, or cuts its power first, brings it into the cell of the plan, and sets a bench up on it. */
export type NewBench = (bench: Bench) => Promise<Bench>;

/** The rungs that end the boot of the host. */
export interface Reboots {
  readonly 'host-reboot': NewBench;
  /** Undefined where the inventory has no power device. */
  readonly 'power-cycle': NewBench | undefined;
}

/** Where a climb ended. */
export interface Climb {
  /** The bench to go on with: another one after a reboot. */
  readonly bench: Bench;
  /** The strongest rung that brought something back. */
  readonly won: RungName | undefined;
  readonly stillLost: readonly PciAddress[];
  /** Whether a rung was tried at all. */
  readonly hasActed: boolean;
}

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
 * A step that is not possible, that the interlocks forbid, or that the host refuses is written down, and the next one is taken.
 *
 * @param baseline health before the first cycle.
 */
export async function climb(
  plan: SoakPlan,
  world: SoakWorld,
  cycle: number,
  bench: Bench,
  baseline: HealthByFunction,
  reboots: Reboots,
): Promise<Climb> {
  const { journal, clock } = world;
  let current = bench;
  let lost = lostFunctions(baseline, current.hands.lastSeen);
  let won: RungName | undefined;
  let hasActed = false;
  for (const rung of plan.recovery.rungs) {
    if (lost.length === 0 || world.stop.aborted) break;
    hasActed = true;
    await journal.append({ t: 'rung-intent', rung, cycle, functions: lost }, { sync: true });
    const startedMs = clock.nowMs();
    let end: RungEnd = (await harmToGuests(rung, plan, current)) ?? taken;
    if (end.standing === 'taken') {
      if (rung === 'host-reboot' || rung === 'power-cycle') {
        const reboot = reboots[rung];
        if (reboot === undefined) end = { standing: 'not-possible', message: 'the inventory has no power device' };
        else current = await reboot(current);
      } else end = await takeLiveRung(rung, plan, world, cycle, current, baseline, lost);
    }
    const still = lostFunctions(baseline, current.hands.lastSeen);
    const revived = lost.filter((address) => !still.includes(address));
    const durationMs = Math.max(0, clock.nowMs() - startedMs);
    await journal.append({ t: 'rung-done', rung, cycle, revived, durationMs, ...end }, { sync: true });
    if (revived.length > 0) won = rung;
    lost = still;
  }
  return { bench: current, won, stillLost: lost, hasActed };
}

/** Other machines that run on the host would go down with it; whose they are is not known here. */
async function harmToGuests(rung: RungName, plan: SoakPlan, { host }: Bench): Promise<RungEnd | undefined> {
  if (rungNames.indexOf(rung) < rungNames.indexOf('suspend')) return undefined;
  const guests = await host.observer.otherGuests({ timeoutMs: plan.timeouts.commandMs });
  if (guests.length === 0) return undefined;
  return { standing: 'forbidden', message: `other guests of the host run: ${guests.join(', ')}` };
}

async function takeLiveRung(
  rung: LiveRung,
  plan: SoakPlan,
  { clock, stop, power }: SoakWorld,
  cycle: number,
  { host, hands }: Bench,
  baseline: HealthByFunction,
  lost: readonly PciAddress[],
): Promise<RungEnd> {
  const wait = { timeoutMs: plan.timeouts.commandMs };
  let end: RungEnd;
  try {
    end = await liveRungs[rung]({
      host,
      tree: await host.observer.tree(wait),
      passedThrough: new Set(plan.functions.map(({ address }) => address)),
      baseline,
      now: hands.lastSeen,
      lost,
      hasPower: power !== undefined,
      patienceMs: plan.recovery.waitMs,
      sleep: async (durationMs) => {
        await clock.sleep(durationMs, stop).catch((error: unknown) => {
          if (!stop.aborted) throw error;
        });
      },
      look: async () => {
        await hands.lookAt('recovery', cycle);
        return lostFunctions(baseline, hands.lastSeen);
      },
      wait,
    });
  } catch (error) {
    // A step that the kernel does not come back from has failed; whether the host has as well, the next look tells.
    const isRefusal =
      error instanceof ConfigWriteError || error instanceof BusActError || error instanceof DeadlineError;
    if (!isRefusal) throw error;
    end = { standing: 'failed', message: error.message };
  }
  if (end.standing !== 'not-possible' && end.standing !== 'forbidden') await hands.lookAt('recovery', cycle);
  return end;
}
