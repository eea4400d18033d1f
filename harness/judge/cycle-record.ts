import type { Act, EdgeName, FunctionRole, JournalEvent, JournalEventOf } from '../journal/events.ts';
import type { PciAddress } from '../pci/address.ts';
import { recogniseConsoleLine } from '../pci/console-lines.ts';
import { type KernelFinding, kernelFinding, withFinding } from './kernel-findings.ts';

/** What a run says about itself before its first cycle: all that a cycle is measured against. */
export interface CellBaseline {
  readonly functions: readonly { readonly address: PciAddress; readonly role: FunctionRole }[];
  /** The driver that stays on a function after a stop; null where each goes back to the one that it had in the baseline, or to none. */
  readonly driverAfterStop: string | null;
  /** Undefined where no baseline was ever read: nothing can be measured then. */
  readonly edge: JournalEventOf<'edge'> | undefined;
  /** Signatures of what the kernel said against functions before the first cycle. */
  readonly kernelNoise: ReadonlySet<string>;
}

/** The event that first showed another boot_id than the cycle began with. */
export interface BootChange {
  readonly from: string;
  readonly to: string;
  readonly n: number;
}

/** The facts of one cycle, as the journal gives them. */
export interface CycleRecord {
  readonly cycle: number;
  readonly startedAtMs: number;
  readonly lastAtMs: number;
  /** The boot in which the cycle began; undefined while nothing has shown one. */
  readonly bootId: string | undefined;
  readonly reboot: BootChange | undefined;
  readonly edges: Partial<Record<EdgeName, JournalEventOf<'edge'>>>;
  /** What the kernel said against functions and ports since the cycle before. */
  readonly kernel: readonly KernelFinding[];
  readonly acts: Partial<Record<Act, JournalEventOf<'act-done'>>>;
  /** The word that the VM was gone in the end, where its manager's own word was not enough. */
  readonly stopped: JournalEventOf<'stop-done'> | undefined;
  /** Undefined where the guest was not asked. */
  readonly guest: JournalEventOf<'guest-proof'> | undefined;
  /** The first word that the host had to be switched off, for it answered nobody. */
  readonly wedged: JournalEventOf<'host-wedged'> | undefined;
  /** The first line of its kernel that tells of a host that hangs, though not that it hangs for good. */
  readonly hang: JournalEventOf<'kernel'> | undefined;
  /** The VM ended by itself before anybody saw it hold every function. */
  readonly vmGone: JournalEventOf<'vm-gone'> | undefined;
  readonly labLosses: readonly JournalEventOf<'lab-lost'>[];
  /** The controller died in it, and somebody went on with the run. */
  readonly controllerLost: JournalEventOf<'run-resumed'> | undefined;
  /** Undefined while the cycle is under way, and for ever if the controller died in it. */
  readonly finished: JournalEventOf<'cycle-finished'> | undefined;
}

/**
 * @param bootId the last boot_id that the run saw before this cycle.
 * @param kernel what the kernel said in that boot after the cycle before had ended.
 */
export function newCycleRecord(
  start: JournalEventOf<'cycle-started'>,
  bootId: string | undefined,
  kernel: readonly KernelFinding[],
): CycleRecord {
  return {
    cycle: start.cycle,
    startedAtMs: start.at,
    lastAtMs: start.at,
    bootId,
    reboot: undefined,
    edges: {},
    kernel,
    acts: {},
    stopped: undefined,
    guest: undefined,
    wedged: undefined,
    hang: undefined,
    vmGone: undefined,
    labLosses: [],
    controllerLost: undefined,
    finished: undefined,
  };
}

/** The record with one more event of the same cycle. Events that say nothing about a cycle leave it as it is. */
export function withEvent(record: CycleRecord, event: JournalEvent): CycleRecord {
  const next = { ...record, ...bootOf(record, event), lastAtMs: event.at };
  switch (event.t) {
    case 'edge':
      return { ...next, edges: { ...record.edges, [event.edge]: event } };
    case 'act-done':
      return { ...next, acts: { ...record.acts, [event.act]: event } };
    case 'stop-done':
      return event.standing === 'gone' ? { ...next, stopped: event } : next;
    case 'guest-proof':
      return { ...next, guest: event };
    case 'kernel':
      return {
        ...next,
        kernel: withFinding(record.kernel, kernelFinding(event)),
        hang: record.hang ?? (tellsOfHang(event.text) ? event : undefined),
      };
    case 'host-wedged':
      return { ...next, wedged: record.wedged ?? event };
    case 'vm-gone':
      return { ...next, vmGone: event };
    case 'lab-lost':
      return { ...next, labLosses: [...record.labLosses, event] };
    case 'run-resumed':
      return { ...next, controllerLost: event };
    case 'cycle-finished':
      return { ...next, finished: event };
    default:
      return next;
  }
}

/** The boot in which the host was when it said this; undefined for an event that does not tell. */
export function bootIdOf(event: JournalEvent): string | undefined {
  if (event.t === 'host-identified') return event.identity.bootId;
  // The boot in which a parked run was taken up again; the cell is booted after it, and that is not the host's doing.
  if (event.t === 'resumed') return undefined;
  return 'bootId' in event ? event.bootId : undefined;
}

function tellsOfHang(text: string): boolean {
  return recogniseConsoleLine(text)?.standing === 'wedged';
}

function bootOf(record: CycleRecord, event: JournalEvent): Pick<CycleRecord, 'bootId' | 'reboot'> {
  const to = bootIdOf(event);
  const { bootId: from, reboot } = record;
  if (to === undefined || to === from || reboot !== undefined) return { bootId: from, reboot };
  return from === undefined ? { bootId: to, reboot } : { bootId: from, reboot: { from, to, n: event.n } };
}
