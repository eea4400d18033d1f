import { ComebackError } from '../errors.ts';
import { bootCell } from '../host/boot/boot-cell.ts';
import { bootDepartures } from '../host/boot/boot-proof.ts';
import { detectLoader } from '../host/boot/detect-loader.ts';
import { installKernel } from '../host/boot/install-kernel.ts';
import { unlessStuck } from '../host/console/stuck.ts';
import { identityGate, identityOf } from '../host/identity.ts';
import type { LabHost } from '../host/lab-host.ts';
import { bringBios } from '../host/bios/bring-bios.ts';
import type { CellRequest, HostIdentity } from '../journal/events.ts';
import { passGates } from './gates.ts';
import { takeLock } from './lab-lock.ts';
import { reportLeftovers, reportUnfinishedBoot } from './leftovers.ts';
import type { SoakPlan, SoakWorld } from './plan.ts';

/** The run cannot go on before somebody has done something to the host. Nothing is lost: the journal has it parked. */
export class RunParkedError extends ComebackError {
  override readonly code = 'RUN_PARKED';
  override readonly kind = 'parked';

  constructor(instructions: string, resumeCommand: string) {
    super(`The run waits for you. ${instructions} Then go on with it: ${resumeCommand}`);
  }
}

/** Lines of the console that explain a boot that failed. */
const shownConsoleLines = 40;

/**
 * Boots the cell that the plan asks for and proves it; without one the host is taken as it is, and what an earlier run left is
 * reported. The host given is over, whatever happens.
 *
 * @param lostBootId the boot in which the host was lost, where it was: one that came back as the cell is not booted again.
 * @throws GateRefusedError before anything was changed; what bootCell and installKernel throw.
 */
export async function cellHost(
  plan: SoakPlan,
  world: SoakWorld,
  host: LabHost,
  lostBootId: string | undefined,
): Promise<LabHost> {
  let cell: CellRequest | undefined = plan.cell;
  try {
    if (cell === undefined) {
      if (lostBootId === undefined) await reportLeftovers(plan, world, host);
      return host;
    }
    const identity = identityOf(await host.observer.identity(commandWait(plan)));
    const isSameBoot = identity.bootId === lostBootId;
    if (isSameBoot) return host;
    if (lostBootId === undefined) await reportUnfinishedBoot(world, identity);
    else if (bootDepartures(cell, lostBootId, identity).length === 0) return host;
    await passGatesToBoot(plan, world, identity, host);
    cell = await withInstalledKernel(plan, world, host, cell);
    const flashed = await flash(plan, world, cell, identity);
    if (flashed === 'reconnect') return await bootedByFlash(plan, world, host, cell);
  } catch (error) {
    await host[Symbol.asyncDispose]();
    throw error;
  }
  return await boot(plan, world, host, cell);
}

/** Brings the cell's BIOS onto the host. @throws RunParkedError where a person must do it. */
async function flash(
  plan: SoakPlan,
  { bios, journal, clock, stop, past }: SoakWorld,
  cell: CellRequest,
  identity: HostIdentity,
): Promise<'nothing' | 'reboot' | 'reconnect'> {
  const result = await bringBios(cell, identity, {
    flasher: bios,
    writeDown: async (event) => {
      await journal.append(event, { sync: true });
    },
    clock,
    wait: { timeoutMs: plan.timeouts.flashMs, signal: stop },
  });
  if (result?.next === 'operator') throw new RunParkedError(result.instructions, plan.resumeCommand);
  if (result === undefined && past?.point.parked !== undefined && cell.bios !== undefined) {
    await journal.append({ t: 'resumed', bios: cell.bios, bootId: identity.bootId }, { sync: true });
  }
  return result?.next ?? 'nothing';
}

/** The flash took the host's power and gave it back: it boots its default, which may be all that the cell asks for. */
async function bootedByFlash(plan: SoakPlan, world: SoakWorld, old: LabHost, cell: CellRequest): Promise<LabHost> {
  const { console, reconnect, stop } = world;
  await old[Symbol.asyncDispose]();
  const wait = { timeoutMs: plan.timeouts.bootMs, signal: stop };
  const host = await unlessStuck(console, console?.mark ?? 0, wait, reconnect);
  let isCell: boolean;
  try {
    const identity = identityOf(await host.observer.identity(commandWait(plan)));
    isCell = bootDepartures(cell, old.observer.hello.bootId, identity).length === 0;
  } catch (error) {
    await host[Symbol.asyncDispose]();
    throw error;
  }
  return isCell ? host : await boot(plan, world, host, cell);
}

/** Boots the plan's cell, or without one the host's default, once more: what a dead function may need. The host given is over. */
export async function rebootIntoCell(plan: SoakPlan, world: SoakWorld, host: LabHost): Promise<LabHost> {
  return await boot(plan, world, host, plan.cell ?? { name: 'default' });
}

async function boot(plan: SoakPlan, world: SoakWorld, host: LabHost, cell: CellRequest): Promise<LabHost> {
  const { console, journal, clock, power, stop, reconnect } = world;
  try {
    world.budget?.requireReboot(clock.nowMs());
  } catch (error) {
    await host[Symbol.asyncDispose]();
    throw error;
  }
  const mark = console?.mark ?? 0;
  const startedMs = clock.nowMs();
  const { commandMs, bootMs, powerMs, connectMs } = plan.timeouts;
  const booted = await bootCell(cell, {
    host,
    reconnect: (wait) => unlessStuck(console, mark, wait, reconnect),
    writeDown: async (event) => {
      await journal.append(event, { sync: true });
    },
    power,
    consoleExcerpt: () => console?.excerpt(shownConsoleLines, startedMs) ?? [],
    clock,
    timeouts: { commandMs, bootMs, powerMs, disarmMs: connectMs },
    signal: stop,
    acceptLastingPin: plan.acceptLastingPin,
  });
  return booted.host;
}

/** Nobody's host is rebooted: it must be the right board, ours alone, and its VM must be down. */
async function passGatesToBoot(plan: SoakPlan, world: SoakWorld, identity: HostIdentity, host: LabHost): Promise<void> {
  await takeLock(plan, world, host);
  const { board, boardVendor } = plan.identity;
  const vm = world.vmOn(host);
  const { state, word } = await vm.status(commandWait(plan));
  const others = state === 'stopped' ? await host.observer.otherGuests(commandWait(plan)) : [];
  const findings = [
    ...(state === 'stopped' ? [] : [`${vm.name} is ${word}: a reboot would end it, stop it first`]),
    ...others.map((guest) => `${guest} runs on the host: a reboot would end it, stop it first`),
  ];
  await passGates(
    plan,
    world,
    [identityGate({ board, boardVendor }, identity), { gate: 'vm', passed: findings.length === 0, findings }],
    'reboot the host',
  );
}

async function withInstalledKernel(
  plan: SoakPlan,
  { journal }: SoakWorld,
  { session }: LabHost,
  cell: CellRequest,
): Promise<CellRequest> {
  if (cell.kernelPackage === undefined) return cell;
  const wait = { timeoutMs: plan.timeouts.bootMs };
  const loader = await detectLoader(session, commandWait(plan));
  const { added, defaultBefore, defaultAfter } = await installKernel(session, loader, cell.kernelPackage, wait);
  const versions = added.map(({ version }) => version);
  await journal.append(
    { t: 'kernel-installed', package: cell.kernelPackage, added: versions, defaultBefore, defaultAfter },
    { sync: true },
  );
  const [only] = versions;
  return cell.kernel !== undefined || only === undefined ? cell : { ...cell, kernel: only };
}

function commandWait(plan: SoakPlan): { readonly timeoutMs: number } {
  return { timeoutMs: plan.timeouts.commandMs };
}
