import type { Act, Cell, JournalEvent, JournalEventOf, RungName } from '../journal/events.ts';
import type { PciAddress } from '../pci/address.ts';
import type { HealthByFunction } from '../pci/health.ts';

/** What of a run is to be settled and gone on with, by its journal alone. */
export interface ResumePoint {
  /** Undefined for a journal that tells of no run yet: its controller died before anything was done. */
  readonly start: JournalEventOf<'run-started'> | undefined;
  /** The last cycle that began; 0 before the first. */
  readonly lastCycle: number;
  /** A cycle without its end. */
  readonly open: OpenCycle | undefined;
  /** The cycle whose VM may still be up. */
  readonly ownVmCycle: number | undefined;
  /** A step of the recovery ladder that was begun and not reported as done. */
  readonly rung: OpenRung | undefined;
  /** The last rung that was taken after the last cycle. */
  readonly lastRung: RungName | undefined;
  /** The host was lost, and nobody has seen it since. */
  readonly isLabLost: boolean;
  /** The boot in which the baseline was taken. */
  readonly bootId: string | undefined;
  readonly cell: Cell | undefined;
  readonly baseline: HealthByFunction;
  /** What a parked run waits for. */
  readonly parked: JournalEventOf<'parked'> | undefined;
  /** How the run ended, where it did and nobody went on with it. */
  readonly end: JournalEventOf<'run-finished'> | undefined;
}

/** A run as an earlier session left it. */
export interface Past {
  readonly point: ResumePoint;
  /** Bytes of a last line that was torn; they were cut off. 0 where it was whole. */
  readonly tornBytes: number;
}

export interface OpenCycle {
  readonly cycle: number;
  /** Every function was looked at after the stop, so that nothing is missing but the word that the cycle is over. */
  readonly isSeen: boolean;
  /** What was written down last as about to be done. */
  readonly step: Act | 'edge-read' | undefined;
}

export interface OpenRung {
  readonly rung: RungName;
  readonly cycle: number;
  readonly functions: readonly PciAddress[];
}

/** Before the first event of a journal. */
export const noResumePoint: ResumePoint = {
  start: undefined,
  lastCycle: 0,
  open: undefined,
  ownVmCycle: undefined,
  rung: undefined,
  lastRung: undefined,
  isLabLost: false,
  bootId: undefined,
  cell: undefined,
  baseline: new Map(),
  parked: undefined,
  end: undefined,
};

/** The point after one more event. Events that leave nothing behind leave it as it is. */
export function afterEvent(point: ResumePoint, event: JournalEvent): ResumePoint {
  switch (event.t) {
    case 'run-started':
      return { ...point, start: point.start ?? event };
    case 'run-resumed':
      return { ...point, end: undefined };
    case 'run-finished':
      return { ...point, end: event };
    case 'parked':
      return { ...point, parked: event };
    case 'resumed':
      return { ...point, parked: undefined };
    case 'cell-started':
      return { ...point, cell: event.cell };
    case 'checkpoint':
      return { ...point, lastCycle: event.cycle };
    case 'lab-lost':
      return { ...point, isLabLost: true };
    case 'lab-back':
      return { ...point, isLabLost: false };
    case 'cycle-started':
      return {
        ...point,
        lastCycle: event.cycle,
        lastRung: undefined,
        open: { cycle: event.cycle, isSeen: false, step: undefined },
      };
    case 'intervention':
      return event.act === 'edge-read' ? withStep(point, 'edge-read') : point;
    case 'intent':
      // A stop that is asked for may not happen, and a start that failed may have left a process.
      return { ...withStep(point, event.act), ownVmCycle: event.act === 'vm-start' ? event.cycle : point.ownVmCycle };
    case 'act-done':
      return withStep(point, undefined);
    case 'edge':
      return afterEdge(withStep(point, undefined), event);
    case 'rung-intent':
      return {
        ...point,
        rung: { rung: event.rung, cycle: event.cycle, functions: event.functions },
        lastRung: event.rung,
      };
    case 'rung-done':
      return { ...point, rung: undefined };
    case 'cycle-finished':
      return { ...point, open: undefined };
    default:
      return point;
  }
}

function withStep(point: ResumePoint, step: OpenCycle['step']): ResumePoint {
  return point.open === undefined ? point : { ...point, open: { ...point.open, step } };
}

function afterEdge(point: ResumePoint, { edge, bootId, functions }: JournalEventOf<'edge'>): ResumePoint {
  // A baseline is taken where no VM of ours runs.
  if (edge === 'baseline') return { ...point, bootId, baseline: functions, ownVmCycle: undefined };
  if (edge !== 'after' || point.open === undefined) return point;
  // The engine looks so only when the VM is gone.
  return { ...point, ownVmCycle: undefined, open: { ...point.open, isSeen: true } };
}
