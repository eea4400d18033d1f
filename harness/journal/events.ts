import { z } from 'zod';
import type { HealthByFunction, Holder, StuckTask } from '../pci/health.ts';
import { bisectEvents } from './bisect-events.ts';
import { cycleEvents } from './cycle-events.ts';
import {
  address,
  cellRequest,
  type EdgeName,
  functionRole,
  groupMember,
  identity,
  recoveryPolicy,
  stopRules,
} from './event-parts.ts';
import { hostEvents } from './host-events.ts';

/** Version of the journal's form that is written. */
export const journalVersion = 2;
/**
 * Versions that are read; a reader refuses what it does not know instead of guessing. Version 1 knew neither segments nor checkpoints, and
 * each of its events still means the same.
 */
export const journalVersions = [1, journalVersion] as const;

export {
  type HostIdentity,
  type Cell,
  type ResetRecord,
  type ResetSource,
  type CellRequest,
  type StopRules,
  type EdgeName,
  type Act,
  type RungName,
  type StopStep,
  edgeNames,
  functionRole,
  rungNames,
  stopStepNames,
  resetSources,
} from './event-parts.ts';

/**
 * Everything a run can write down. `cycle` is the running cycle's number, counted from 1.
 * What the harness knows only from these events is all a verdict may rest on.
 */
const eventBodies = [
  z.strictObject({
    t: z.literal('run-started'),
    version: z.literal(journalVersions),
    comeback: z.string(),
    run: z.string(),
    host: z.string(),
    functions: z.array(z.strictObject({ address, role: functionRole, id: z.string(), name: z.string().optional() })),
    vm: z.strictObject({
      manager: z.string(),
      id: z.string(),
      /** The driver that the VM manager leaves on a function after a stop; null where it gives it back to the host's own driver. */
      driverAfterStop: z.string().nullable(),
    }),
    plan: z.strictObject({
      /** 0 for a run that only boots and verifies; absent where their number has no limit. */
      cycles: z.number().int().nonnegative().optional(),
      /** What ends the run beside the number of its cycles; the first that is met does. */
      stop: stopRules.optional(),
      /** What the run was asked to boot first; absent where it takes the host as it is. */
      cell: cellRequest.optional(),
      /** The bisect that this run is a visit of: it says when the run goes on. */
      bisect: z.string().optional(),
      /** Absent in journals of version 1. */
      recovery: recoveryPolicy.optional(),
    }),
  }),
  z.strictObject({ t: z.literal('host-identified'), identity }),
  z.strictObject({
    t: z.literal('groups-read'),
    groups: z.array(z.strictObject({ group: z.number().int(), members: z.array(groupMember) })),
  }),
  z.strictObject({ t: z.literal('gate'), gate: z.string(), passed: z.boolean(), findings: z.array(z.string()) }),
  /** The judge was fed one known-bad reading per symptom; `silent` names those it did not raise. */
  z.strictObject({ t: z.literal('canary'), checked: z.number().int(), silent: z.array(z.string()) }),
  /**
   * Someone goes on with a run that a controller left before its end. What it finds is in the events that follow; this one tells what the
   * journal itself came to.
   */
  z.strictObject({
    t: z.literal('run-resumed'),
    comeback: z.string(),
    /** Bytes of a last line that was torn when the controller died; they were cut off. Absent where it was whole. */
    tornBytes: z.number().int().positive().optional(),
    /** The cycle that nobody saw the end of. */
    openCycle: z.number().int().positive().optional(),
    /** What was intended last in it, and never reported as done. */
    openStep: z.string().optional(),
  }),
  /** What the host itself said of the cycle in which the session before ended: what became of its VM, and whether it is the same boot. */
  z.strictObject({
    t: z.literal('settled'),
    cycle: z.number().int().positive(),
    vm: z.enum(['down', 'stopped', 'gone-with-host']),
    isSameBoot: z.boolean(),
  }),
  /**
   * The first line of each segment but the first: what is needed to go on from here without the segments before it. Whoever reads the whole
   * journal passes over it.
   */
  z.strictObject({
    t: z.literal('checkpoint'),
    version: z.literal(journalVersions),
    segment: z.number().int().min(2),
    /** The last cycle that began; it is over. */
    cycle: z.number().int().nonnegative(),
    /** Earlier lines that still hold, in full: who the run is, its host and its baseline. */
    facts: z.array(z.record(z.string(), z.unknown())),
    /** What the judge has counted. */
    counts: z.record(z.string(), z.unknown()),
  }),
  z.strictObject({
    t: z.literal('run-finished'),
    reason: z.enum(['cycles-done', 'stop-rule', 'interrupted', 'infra', 'refused', 'parked']),
    code: z.string().optional(),
    message: z.string().optional(),
  }),
  ...hostEvents,
  ...cycleEvents,
  ...bisectEvents,
] as const;

/** `n` numbers the events of a run from 1; `at` is the controller's clock in milliseconds since the epoch. */
const stamp = { n: z.number().int().positive(), at: z.number().int().nonnegative() };

const [first, ...others] = eventBodies;

/** One line of the journal as it stands in the file, before a codec made the event of it. */
export const journalLine = z.discriminatedUnion('t', [
  first.extend(stamp),
  ...others.map((body) => body.extend(stamp)),
]);
export type JournalLine = z.infer<typeof journalLine>;

interface Stamp {
  readonly n: number;
  readonly at: number;
}
type StoredBody = z.infer<(typeof eventBodies)[number]>;
interface InItsCycle {
  readonly cycle: number;
}
/** An edge and the end of an act as they stand in the file, once it is known to which cycle they belong. */
export type StoredEdge = Extract<StoredBody, { t: 'edge' }> & InItsCycle;
export type StoredActDone = Extract<StoredBody, { t: 'act-done' }> & InItsCycle;
type Whole<Stored, Implied extends keyof Stored = never> = Omit<Stored, Implied | 'cycle'> &
  InItsCycle & { readonly [Key in Implied]-?: Exclude<Stored[Key], undefined> };
/** The end of an act as the engine writes it and the judge reads it: with all that was said. */
export type ActDoneBody = Omit<Whole<StoredActDone, 'exitCode'>, 'again'>;
type IntentBody = Whole<Extract<StoredBody, { t: 'intent' }>>;
type CycleFinishedBody = Whole<Extract<StoredBody, { t: 'cycle-finished' }>, 'complete'>;

/** An edge as the engine writes it and the judge reads it: the health of every function in full. */
export interface EdgeBody {
  readonly t: 'edge';
  readonly edge: EdgeName;
  readonly cycle: number;
  readonly bootId: string;
  /** The lab host's CLOCK_MONOTONIC. */
  readonly monoMs: number;
  readonly functions: HealthByFunction;
  /** Absent where nobody but the VM has a function open. */
  readonly holders?: readonly Holder[] | undefined;
  readonly stuck?: readonly StuckTask[] | undefined;
}

export type JournalEventBody =
  | Exclude<StoredBody, { t: 'edge' | 'act-done' | 'intent' | 'cycle-finished' }>
  | EdgeBody
  | ActDoneBody
  | IntentBody
  | CycleFinishedBody;
export type JournalEvent = JournalEventBody & Stamp;
export type JournalEventOf<T extends JournalEvent['t']> = Extract<JournalEvent, { t: T }>;
export type IommuGroup = JournalEventOf<'groups-read'>['groups'][number];
export type GroupMember = IommuGroup['members'][number];
export type FunctionRole = z.infer<typeof functionRole>;
