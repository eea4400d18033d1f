import type { Clock } from '../../clock.ts';
import type { PciAddress } from '../../pci/address.ts';
import type { FaultRule } from '../../virtual-lab/faults/schema.ts';
import { complaintLines } from '../kernel-complaints.ts';
import { kernelLevels, type KernelLog } from '../kernel-log.ts';
import type { Machine } from '../machine.ts';
import { StuckTask } from './stuck-task.ts';
import type { Stall } from './vm-moments.ts';

/** How a host dies. `panic`: it says nothing more until its power is cut. */
export type HostDeath = 'panic' | 'panic-then-reboot' | 'reboot';

/** One boot of the host, in the hands of its faults. */
export interface FaultedHost {
  readonly root: string;
  readonly machine: Machine;
  readonly log: KernelLog;
  readonly kernelRelease: string;
  readonly clock: Clock;
  /** Aborts as the boot ends, however it ends. */
  readonly bootEnds: AbortSignal;
  /** Whoever runs in the kernel then never comes back. */
  readonly dies: (how: HostDeath) => void;
  readonly losesSshd: () => void;
}

/** Where a rule strikes. */
export interface Target {
  /** The port that is named or is above the function; undefined for a fault of the whole host. */
  readonly port: PciAddress | undefined;
  readonly function: PciAddress | undefined;
}

/** What a task waits for that never comes back. */
export const never = new Promise<void>(() => undefined);

/** CONFIG_DEFAULT_HUNG_TASK_TIMEOUT of the kernels of Debian and Proxmox. */
const hungTaskMs = 120_000;
/** When pci_dev_wait() says that it waits, until it gives up (PCIE_RESET_READY_POLL_MS, drivers/pci/pci.c). */
const waitedMs = [1023, 2047, 4095, 8191, 16_383, 32_767, 65_535] as const;

/** Does what a rule says to a port or a function. @returns the functions that it concerned; undefined where nothing was there to strike */
export function strike(
  what: FaultRule['what'],
  { port, function: address }: Target,
  { machine, log, kernelRelease }: FaultedHost,
): readonly PciAddress[] | undefined {
  if (port === undefined) return undefined;
  switch (what) {
    case 'bridge-config-lost':
      machine.loseBusNumbers(port);
      return machine.functionsBelow(port);
    case 'slot-power-off':
      machine.powerOffSlot(port);
      return machine.functionsBelow(port);
    case 'link-down':
      machine.disableLink(port);
      return machine.functionsBelow(port);
    case 'iommu-fault':
    case 'aer-uncorrectable': {
      const device = address ?? port;
      if (!machine.isPresent(device)) return undefined;
      const accused = { device, id: machine.board(device).id, driver: machine.driver(device), port };
      for (const line of complaintLines(what, accused, kernelRelease)) log.append(line, kernelLevels.error, device);
      return [device];
    }
    default:
      return undefined;
  }
}

/** The task that resets sleeps, for so long or for ever. */
export async function hang(seconds: number | undefined, pid: number, host: FaultedHost): Promise<void> {
  const { clock, bootEnds, log } = host;
  const task = new StuckTask(host.root, pid, 'reset');
  const sleepMs = seconds === undefined ? Number.POSITIVE_INFINITY : seconds * 1000;
  await elapsed(Math.min(sleepMs, hungTaskMs), clock, bootEnds);
  if (sleepMs > hungTaskMs) {
    log.append(`INFO: task kvm:${pid} blocked for more than ${hungTaskMs / 1000} seconds.`, kernelLevels.error);
    if (seconds === undefined) await never;
    await elapsed(sleepMs - hungTaskMs, clock, bootEnds);
  }
  task[Symbol.dispose]();
}

/** The kernel waits after a reset of the bus for its first function, which does not answer, and says so. */
export function waitInVain(port: PciAddress, pid: number, host: FaultedHost): Stall {
  const { machine, log, clock, bootEnds } = host;
  const [first] = machine.functionsBelow(port).filter((address) => machine.isPresent(address));
  if (first === undefined || !machine.isDead(first)) return undefined;
  const say = (ms: number, ending: string, level: (typeof kernelLevels)['info' | 'warning']): void => {
    log.append(
      `${machine.driver(first) ?? 'pci'} ${first}: not ready ${ms}ms after bus reset; ${ending}`,
      level,
      first,
    );
  };
  return (async () => {
    const task = new StuckTask(host.root, pid, 'wait');
    let passedMs = 0;
    for (const [at, ms] of waitedMs.entries()) {
      await elapsed(ms - passedMs, clock, bootEnds);
      passedMs = ms;
      if (at < waitedMs.length - 1) say(ms, 'waiting', kernelLevels.info);
      else say(ms, 'giving up', kernelLevels.warning);
    }
    task[Symbol.dispose]();
  })();
}

/** Resolves after the time, and never where the boot ends before. */
async function elapsed(durationMs: number, clock: Clock, bootEnds: AbortSignal): Promise<void> {
  try {
    await clock.sleep(durationMs, bootEnds);
  } catch (error) {
    if (!bootEnds.aborted) throw error;
  }
  if (bootEnds.aborted) await never;
}
