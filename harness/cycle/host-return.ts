import { ComebackError } from '../errors.ts';
import { unlessStuck } from '../host/console/stuck.ts';
import type { LabHost } from '../host/lab-host.ts';
import { isPassingLoss } from './lab-loss.ts';
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
 * The host at the begin of a run. One whose power an earlier run cut and could not give back, because its controller died, gets
 * it back; one that somebody else switched off is left alone.
 *
 * @throws HostIsOffError, or what the connection throws.
 */
export async function firstHost(plan: SoakPlan, world: SoakWorld): Promise<LabHost> {
  const { power, journal, stop, unfinishedCutMs } = world;
  try {
    return await world.connect({ timeoutMs: plan.timeouts.connectMs, signal: stop });
  } catch (error) {
    if (!isPassingLoss(error) || power === undefined || stop.aborted) throw error;
    const state = await power.state({ timeoutMs: plan.timeouts.commandMs, signal: stop }).catch(() => 'unknown');
    if (state !== 'off') throw error;
    if (unfinishedCutMs === undefined) throw new HostIsOffError(plan.host, power.description, error);
    await journal.append({ t: 'power-found-off', cutAtMs: unfinishedCutMs }, { sync: true });
    await power.on({ timeoutMs: plan.timeouts.powerMs, signal: stop });
    return await world.reconnect({ timeoutMs: plan.timeouts.bootMs, signal: stop });
  }
}

/**
 * A host that was lost, once it answers again: by itself, or after its power was cut. It runs its default kernel then, or whatever its
 * last reboot led to.
 *
 * @param consoleMark where the console was while the host was still well.
 * @param wedge why there is no point in waiting; undefined while nobody knows.
 * @throws HostWedgedError, PowerBudgetError and other errors of kind `infra`; those of kind `safety` of the connection; the stop's reason.
 */
export async function hostReturn(
  plan: SoakPlan,
  world: SoakWorld,
  consoleMark: number,
  wedge: string | undefined,
): Promise<LabHost> {
  const { journal, power, stop, console } = world;
  let why = wedge;
  if (why === undefined) {
    try {
      const wait = { timeoutMs: plan.timeouts.wedgeMs, signal: stop };
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
  const wait = { timeoutMs: plan.timeouts.bootMs, signal: stop };
  return await unlessStuck(console, console?.mark ?? 0, wait, (patience) => world.reconnect(patience));
}
