import { ComebackError } from '../errors.ts';
import { detectLoader } from '../host/boot/detect-loader.ts';
import { type ArmedBoot, type BootLoader, isOurEntry } from '../host/boot/loader.ts';
import { identityGate, identityOf } from '../host/identity.ts';
import type { LabHost } from '../host/lab-host.ts';
import type { HostIdentity } from '../journal/events.ts';
import { passGates } from './gates.ts';
import { takeLock } from './lab-lock.ts';
import type { UnfinishedBoot } from './host-leftovers.ts';
import type { SoakPlan, SoakWorld } from './plan.ts';

/**
 * What a run under way has done to the host is no leftover, and nobody else may wait for that host, switch it on, or cut its power.
 * The lab lock does not tell while the host is down.
 *
 * @throws GateRefusedError
 */
export async function requireAlone(plan: SoakPlan, world: SoakWorld): Promise<void> {
  const underWay = world.leftovers?.underWay;
  // Once the host is reached, whoever has its lock gives way.
  if (underWay === undefined || plan.takeOver) return;
  const finding = `the run ${underWay} of this controller is under way: wait for its end, end it, or take the lab over with --take-over`;
  await passGates(plan, world, [{ gate: 'lock', passed: false, findings: [finding] }], 'use the host');
}

/**
 * A flasher outlives the controller that started it, and whoever reboots or switches off a host in the middle of its flash may have
 * a board that never starts again. Only a person can know that it is over.
 *
 * @throws GateRefusedError unless a person says so; the journal keeps it then, and no later run asks again.
 */
export async function requireFlashOver(plan: SoakPlan, world: SoakWorld): Promise<void> {
  const flash = world.leftovers?.flash;
  if (flash === undefined) return;
  const { run, to, driver, startedAtMs } = flash;
  if (plan.flashIsOver) {
    await world.journal.append({ t: 'flash-over', run, to, driver }, { sync: true });
    return;
  }
  const finding =
    `the run ${run} began to flash BIOS ${to} (${driver}) at ${new Date(startedAtMs).toISOString()}, and nothing tells that it ended: ` +
    'the flasher may still be writing. Look whether it runs; once nothing writes any more, run this again with --flash-is-over';
  await passGates(
    plan,
    world,
    [{ gate: 'flash', passed: false, findings: [finding] }],
    'flash, reboot or use the host',
  );
}

/** Says that an earlier run died while it booted this host, and what became of the boot. */
export async function reportUnfinishedBoot({ leftovers, journal }: SoakWorld, identity: HostIdentity): Promise<void> {
  if (leftovers?.boot === undefined) return;
  const { run, cell, bootIdBefore } = leftovers.boot;
  const rebooted = identity.bootId !== bootIdBefore;
  await journal.append({ t: 'boot-unfinished', run, cell, rebooted, kernel: identity.kernel }, { sync: true });
}

/**
 * A run that boots nothing still says what another one left on the host, and takes back what only comeback can have put there. It
 * takes the lab lock first: what a run under way has armed is no leftover.
 *
 * @throws GateRefusedError where another run has the lab.
 */
export async function reportLeftovers(plan: SoakPlan, world: SoakWorld, host: LabHost): Promise<void> {
  const wait = { timeoutMs: plan.timeouts.commandMs };
  await takeLock(plan, world, host);
  const identity = identityOf(await host.observer.identity(wait));
  // Another machine than ours: the gates will say so, and nothing on it is touched.
  if (!identityGate(plan.identity, identity).passed) return;
  await reportUnfinishedBoot(world, identity);
  let loader: BootLoader;
  let armed: ArmedBoot | null;
  try {
    loader = await detectLoader(host.session, wait);
    armed = await loader.armed(wait);
  } catch (error) {
    // A loader that we do not know, or cannot read, never had anything armed by us.
    if (error instanceof ComebackError && error.code.startsWith('BOOT_')) return;
    throw error;
  }
  const isOurs = armed === null || isOurEntry(armed) || isOf(world.leftovers?.boot, armed);
  if (armed !== null) {
    const { means, entry, kernel } = armed;
    await world.journal.append(
      { t: 'boot-leftover', loader: loader.kind, means, entry, kernel, takenBack: isOurs },
      { sync: true },
    );
  }
  // Where nothing is armed, an entry of ours may still stand in the menu.
  if (isOurs) await loader.clear(wait);
}

/** An entry of the host's own is ours to take back where our journal says that we were about to boot it. */
function isOf(boot: UnfinishedBoot | undefined, { kernel }: ArmedBoot): boolean {
  return boot?.kernel != null && boot.kernel === kernel;
}
