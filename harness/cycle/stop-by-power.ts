import type { LabHost } from '../host/lab-host.ts';
import { hostReturn } from './host-return.ts';
import type { SoakPlan, SoakWorld } from './plan.ts';
import { VmWontStopError } from './vm-wont-stop.ts';

/**
 * The last step to end a VM, once all others were in vain. Whether it may be taken is decided here, while the host still answers; it is
 * taken by {@link stopByPower}, once the connection is over.
 *
 * @throws VmWontStopError, always.
 */
export async function powerOrGiveUp(
  plan: SoakPlan,
  { journal, power, stop }: SoakWorld,
  { observer }: LabHost,
  of: { readonly cycle: number; readonly vm: string; readonly why: string; readonly isWedged: boolean },
): Promise<never> {
  const { cycle, vm, why, isWedged } = of;
  const whyNot = async (): Promise<string | undefined> => {
    if (!isWedged) return 'nobody knows what that process is';
    if (power === undefined) return 'the inventory has no power device';
    if (stop.aborted) return 'the run is to end, and nobody would wait for the host to come back';
    const guests = await observer.otherGuests({ timeoutMs: plan.timeouts.commandMs });
    return guests.length === 0 ? undefined : `other guests of the host run: ${guests.join(', ')}`;
  };
  const reason = await whyNot();
  if (reason === undefined) throw new VmWontStopError(vm, plan.host, why, { cycle, mayCutPower: true });
  await journal.append(
    { t: 'stop-done', step: 'power', cycle, standing: 'skipped', durationMs: 0, message: reason },
    { sync: true },
  );
  if (isWedged) await journal.append({ t: 'host-wedged', why: `${vm} cannot be stopped: ${why}` }, { sync: true });
  throw new VmWontStopError(vm, plan.host, why, { cycle, mayCutPower: false, whyNot: reason });
}

/**
 * Ends a VM with its host: cuts the power, and waits for the host to be back.
 *
 * @throws what {@link hostReturn} throws; a budget that is used up among it.
 */
export async function stopByPower(
  plan: SoakPlan,
  world: SoakWorld,
  consoleMark: number,
  { cycle, message }: VmWontStopError,
): Promise<LabHost> {
  const { journal } = world;
  await journal.append({ t: 'stop-intent', step: 'power', cycle }, { sync: true });
  const startedAtMs = performance.now();
  const done = async (standing: 'gone' | 'still-there', said?: string): Promise<void> => {
    const durationMs = Math.round(performance.now() - startedAtMs);
    await journal.append({
      ...{ t: 'stop-done', step: 'power', cycle, standing, durationMs },
      ...(said === undefined ? {} : { message: said }),
    });
  };
  try {
    const host = await hostReturn(plan, world, consoleMark, message);
    await done('gone');
    return host;
  } catch (error) {
    await done('still-there', error instanceof Error ? error.message : String(error));
    throw error;
  }
}
