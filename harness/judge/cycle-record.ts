import type { Act, EdgeName, FunctionRole, JournalEvent, JournalEventOf } from '../journal/events.ts';
import type { PciAddress } from '../pci/address.ts';

/** What a run says about itself before its first cycle: all that a cycle is measured against. */
export interface CellBaseline {
  readonly functions: readonly { readonly address: PciAddress; readonly role: FunctionRole }[];
  readonly driverAfterStop: string | null;
  readonly edge: JournalEventOf<'edge'>;
}

/** The facts of one cycle, as the journal gives them. */
export interface CycleRecord {
  readonly cycle: number;
  readonly startedAtMs: number;
  readonly lastAtMs: number;
  readonly edges: Partial<Record<EdgeName, JournalEventOf<'edge'>>>;
  readonly acts: Partial<Record<Act, JournalEventOf<'act-done'>>>;
  readonly labLosses: readonly JournalEventOf<'lab-lost'>[];
  /** Undefined while the cycle is under way, and for ever if the controller died in it. */
  readonly finished: JournalEventOf<'cycle-finished'> | undefined;
}

export function newCycleRecord(start: JournalEventOf<'cycle-started'>): CycleRecord {
  return {
    cycle: start.cycle,
    startedAtMs: start.at,
    lastAtMs: start.at,
    edges: {},
    acts: {},
    labLosses: [],
    finished: undefined,
  };
}

/** The record with one more event of the same cycle. Events that say nothing about a cycle leave it as it is. */
export function withEvent(record: CycleRecord, event: JournalEvent): CycleRecord {
  const next = { ...record, lastAtMs: event.at };
  switch (event.t) {
    case 'edge':
      return { ...next, edges: { ...record.edges, [event.edge]: event } };
    case 'act-done':
      return { ...next, acts: { ...record.acts, [event.act]: event } };
    case 'lab-lost':
      return { ...next, labLosses: [...record.labLosses, event] };
    case 'cycle-finished':
      return { ...next, finished: event };
    default:
      return next;
  }
}
