import { ComebackError } from '../errors.ts';
import { unlessStuck } from '../host/console/stuck.ts';
import type { LabHost } from '../host/lab-host.ts';
import type { PowerState } from '../host/power/switch.ts';
import { isPassingLoss } from './lab-loss.ts';
import { requireAlone, requireFlashOver } from './leftovers.ts';
import type { SoakPlan, SoakWorld } from './plan.ts';

/** Lines of the console that explain a host that went silent. */
const shownConsoleLines = 40;

/** The host does not answer, and nothing in the inventory can bring it back. */
export class HostWedgedError extends ComebackError {
  override readonly code = 'HOST_WEDGED';
  override readonly kind = 'infra';

  constructor(host: string, why: string) {
    super(
      `${host} is wedged: ${why} There is no power device in the inventory, so nothing could bring it back: ` +
        'power-cycle it by hand. It starts its default kernel then.',
    );
  }
}

/** The host has no power, and no run of ours took it. */
export class HostIsOffError extends ComebackError {
  override readonly code = 'HOST_IS_OFF';
  override readonly kind = 'infra';

  constructor(host: string, power: string, cause: unknown) {
    super(
      `${host} has no power, says ${power}. No run of ours cut it, so somebody may have a hand in it: switch it on.`,
      {
        cause,
      },
    );
  }
}

/**
 * The host at the begin of a run. One whose power an earlier run cut, or which it rebooted, and which it never saw again because its
 * controller died, is brought back; one that somebody else switched off is left alone.
 *
 * @throws GateRefusedError where another run or a flash may be under way; HostIsOffError; what {@link hostReturn} and the connection throw.
 */
export async function firstHost(plan: SoakPlan, world: SoakWorld): Promise<LabHost> {
  const { power, journal, stop, leftovers } = world;
  await requireAlone(plan, world);
  await requireFlashOver(plan, world);
  try {
    return await world.connect({ timeoutMs: plan.timeouts.connectMs, signal: stop });
  } catch (error) {
    // Whoever is to be ousted may be about to bring the host back.
    if (!isPassingLoss(error) || stop.aborted || leftovers?.underWay !== undefined) throw error;
    const state = await powerState(plan, world);
    if (power !== undefined && state !== 'on' && leftovers?.cutAtMs !== undefined) {
      await journal.append({ t: 'power-found-off', cutAtMs: leftovers.cutAtMs, readBack: state }, { sync: true });
      await power.on({ timeoutMs: plan.timeouts.powerMs, signal: stop });
      return await bootingHost(plan, world);
    }
    if (power !== undefined && state === 'off') throw new HostIsOffError(plan.host, power.description, error);
    const lastSeen = lastSeenWords(world);
    if (lastSeen === undefined) throw error;
    const why = `${lastSeen} ${error.message}`;
    await journal.append({ t: 'lab-lost', code: error.code, message: why }, { sync: true });
    // As long as the run that died would have waited.
    const patienceMs = Math.max(plan.timeouts.wedgeMs, plan.timeouts.bootMs);
    const host = await hostReturn(plan, world, world.console?.mark ?? 0, undefined, patienceMs);
    await journal.append({ t: 'lab-back', bootId: host.observer.hello.bootId }, { sync: true });
    return host;
  }
}

/** Why a host that does not answer is worth waiting for; undefined where nothing tells of it. */
function lastSeenWords({ leftovers, past }: SoakWorld): string | undefined {
  if (leftovers?.lastSeenOff !== undefined) {
    return `The run ${leftovers.lastSeenOff} rebooted it or cut its power and has not seen it since.`;
  }
  return past?.point.isLabLost === true ? 'It was lost before comeback died.' : undefined;
}

async function powerState(plan: SoakPlan, { power, stop }: SoakWorld): Promise<PowerState> {
  if (power === undefined) return 'unknown';
  return await power.state({ timeoutMs: plan.timeouts.commandMs, signal: stop }).catch((): PowerState => 'unknown');
}

/**
 * A host that was lost, once it answers again: by itself, or after its power was cut. It runs its default kernel then, or whatever its
 * last reboot led to.
 *
 * @param consoleMark where the console was while the host was still well.
 * @param wedge why there is no point in waiting; undefined while nobody knows.
 * @param patienceMs how long it may be silent before its power is cut.
 * @throws HostWedgedError, PowerBudgetError and other errors of kind `infra`; those of kind `safety` of the connection; the stop's reason.
 */
export async function hostReturn(
  plan: SoakPlan,
  world: SoakWorld,
  consoleMark: number,
  wedge: string | undefined,
  patienceMs = plan.timeouts.wedgeMs,
): Promise<LabHost> {
  const { journal, power, stop, console } = world;
  let why = wedge;
  if (why === undefined) {
    try {
      const wait = { timeoutMs: patienceMs, signal: stop };
      return await unlessStuck(console, consoleMark, wait, (patience) => world.reconnect(patience));
    } catch (error) {
      if (stop.aborted || !isPassingLoss(error)) throw error;
      why = error.message;
    }
  }
  const lines = console?.excerpt(shownConsoleLines) ?? [];
  await journal.append({ t: 'host-wedged', why, ...(lines.length === 0 ? {} : { console: lines }) }, { sync: true });
  if (power === undefined) throw new HostWedgedError(plan.host, why);
  await power.cycle({ timeoutMs: plan.timeouts.powerMs, signal: stop });
  return await bootingHost(plan, world);
}

/** The host after a cut of its power that was asked for. It runs its default kernel; the connection given is over. */
export async function powerCycled(plan: SoakPlan, world: SoakWorld, host: LabHost): Promise<LabHost> {
  const { power, stop } = world;
  await host[Symbol.asyncDispose]();
  await power?.cycle({ timeoutMs: plan.timeouts.powerMs, signal: stop });
  return await bootingHost(plan, world);
}

/** The host that was just switched on, once it is up. */
async function bootingHost(plan: SoakPlan, { console, reconnect, stop }: SoakWorld): Promise<LabHost> {
  const wait = { timeoutMs: plan.timeouts.bootMs, signal: stop };
  return await unlessStuck(console, console?.mark ?? 0, wait, reconnect);
}
