import { BusActs, type Rebound } from '../../host/recovery/bus-acts.ts';
import { suspendToRam, whyNoSuspend } from '../../host/recovery/suspend.ts';
import { writeConfig } from '../../host/config-write.ts';
import { type PciAddress, shortAddress } from '../../pci/address.ts';
import { portDepartures } from '../../pci/port-departures.ts';
import type { ResetScope } from '../../pci/reset-scope.ts';
import { clearedBuses, forbidden, functionsOf, takenOn } from './interlocks.ts';
import { portSettings, restoreBridge } from './restore-bridge.ts';
import { type LiveRung, resetWait, type RungEnd, type RungWorld, taken } from './rung.ts';

/** Every rung that acts on a running host. Each looks first whether it is possible here and whether it may. */
export const liveRungs: Readonly<Record<LiveRung, (world: RungWorld) => Promise<RungEnd>>> = {
  wait: waitForAnswer,
  'restore-bridge': restoreBridge,
  'function-reset': resetFunctions,
  rescan: removeAndRescan,
  'bus-reset': resetBus,
  d3cold: cutSlotPower,
  suspend: suspendHost,
};

const firstRestMs = 1_000;

/** Nothing but looks, less and less often: a slow function needs up to 70 s after a reset (drivers/pci/pci.c, pci_dev_wait). */
async function waitForAnswer(world: RungWorld): Promise<RungEnd> {
  if (world.lost.every((address) => staysAsItIs(world, address))) {
    return { standing: 'not-possible', message: 'what befell them does not pass by itself' };
  }
  for (let rested = 0, rest = firstRestMs; rested < world.patienceMs; rested += rest, rest *= 2) {
    const nextMs = Math.min(rest, world.patienceMs - rested);
    await world.sleep(nextMs);
    if ((await world.look()).length === 0) break;
  }
  return taken;
}

/** The kernel dropped the function, or its port was told something else: nobody takes that back without being asked. */
function staysAsItIs({ baseline, now }: RungWorld, address: PciAddress): boolean {
  if (now.get(address)?.present === false) return true;
  return portDepartures(baseline.get(address)?.bridge ?? null, now.get(address)?.bridge ?? null, false).some(
    ({ symptom }) => symptom === 'bridge-config-lost' || symptom === 'slot-power-off',
  );
}

async function resetFunctions(world: RungWorld): Promise<RungEnd> {
  const able = world.lost.filter((address) => (world.now.get(address)?.resetMethods ?? []).length > 0);
  if (able.length === 0) {
    return { standing: 'not-possible', message: 'the kernel has no reset for any of them (no reset_method)' };
  }
  await new BusActs(world.host.session).resetFunctions(able, resetWait(world, able.length));
  return taken;
}

async function removeAndRescan(world: RungWorld): Promise<RungEnd> {
  const cleared = clearedBuses(world);
  if (cleared.scopes.length === 0) return forbidden(cleared);
  for (const scope of cleared.scopes) {
    await remove(world, scope);
    await rescan(world, scope);
  }
  return takenOn(cleared);
}

/** The functions are taken out before the reset, so that the kernel does not save the ones that they read and write them back. */
async function resetBus(world: RungWorld): Promise<RungEnd> {
  const cleared = clearedBuses(world);
  if (cleared.scopes.length === 0) return forbidden(cleared);
  const acts = new BusActs(world.host.session);
  for (const scope of cleared.scopes) {
    await remove(world, scope);
    await acts.resetBus(scope.port, resetWait(world, 1));
    await rescanBelowRestored(world, scope);
  }
  return takenOn(cleared);
}

/** The kernel gives a port 100 ms and more to suspend once nothing below it is in use (pcie_portdrv, autosuspend). */
const suspendSeconds = 10;

async function cutSlotPower(world: RungWorld): Promise<RungEnd> {
  const cleared = clearedBuses(world);
  if (cleared.scopes.length === 0) return forbidden(cleared);
  if (cleared.scopes.every(({ passedThrough }) => passedThrough.length === 0)) {
    return { standing: 'not-possible', message: 'the functions are not on the host any more' };
  }
  const acts = new BusActs(world.host.session);
  const reached: string[] = [];
  for (const scope of cleared.scopes) {
    if (scope.passedThrough.length === 0) continue;
    const state = await acts.powerDown(scope.passedThrough, scope.port, suspendSeconds, {
      ...world.wait,
      timeoutMs: world.wait.timeoutMs + suspendSeconds * 1000,
    });
    if (state !== 'D3cold')
      reached.push(`below ${shortAddress(scope.port)} only ${state} was reached, so the power stayed on`);
  }
  const left = takenOn(cleared);
  const words = [...reached, ...(left.message === undefined ? [] : [left.message])];
  return words.length === 0 ? taken : { standing: 'taken', message: words.join('; ') };
}

/** Long enough for the slots to lose their power, short enough for the connection to live through it. */
const asleepSeconds = 10;

/** Whether the slots lose their power in S3 is the board's affair. A host that does not wake up needs its power cut. */
async function suspendHost(world: RungWorld): Promise<RungEnd> {
  if (!world.hasPower) {
    return {
      standing: 'not-possible',
      message: 'a host that does not wake up needs a power device, and the inventory has none',
    };
  }
  const { session } = world.host;
  const impossible = await whyNoSuspend(session, world.wait);
  if (impossible !== undefined) return { standing: 'not-possible', message: impossible };
  const cleared = clearedBuses(world);
  // What the kernel would save of a dead function, and write back to one that came back, is ones.
  for (const scope of cleared.scopes) await remove(world, scope);
  const refusal = await suspendToRam(session, asleepSeconds, world.wait);
  for (const scope of cleared.scopes) await rescanBelowRestored(world, scope);
  return refusal === undefined ? takenOn(cleared) : { standing: 'failed', message: refusal };
}

async function remove(world: RungWorld, scope: ResetScope): Promise<void> {
  await new BusActs(world.host.session).remove(functionsOf(scope, world), resetWait(world, 1));
}

/** A port that lost its own settings gets them back before anything below it is looked for. */
async function rescanBelowRestored(world: RungWorld, scope: ResetScope): Promise<void> {
  await writeConfig(world.host.session, portSettings(world.baseline, scope.port), world.wait);
  await rescan(world, scope);
}

async function rescan(world: RungWorld, scope: ResetScope): Promise<void> {
  const functions = functionsOf(scope, world).map((address): Rebound => {
    const driver = world.now.get(address)?.driver ?? world.baseline.get(address)?.driver ?? null;
    return { address, driver };
  });
  await new BusActs(world.host.session).rescan(scope.port, functions, resetWait(world, functions.length));
}
