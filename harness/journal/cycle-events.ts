import { z } from 'zod';
import {
  act,
  address,
  cell,
  edgeNames,
  reset,
  resetSource,
  rung,
  stopStep,
  storedHealth,
  stuckTask,
} from './event-parts.ts';

/** Absent in the file where it is the cycle of the last `cycle-started`; 0 before the first one. */
const runningCycle = z.number().int().nonnegative().optional();

/** What a cycle consists of, and what is done after it to bring functions back. */
export const cycleEvents = [
  z.strictObject({ t: z.literal('cell-started'), cell, bootId: z.string() }),
  z.strictObject({ t: z.literal('cycle-started'), cycle: z.number().int().positive() }),
  /**
   * An act of ours that can change what it reads: config space wakes a suspended function and its port. `host-bridge-read` is that of the
   * vendor ID of one host bridge, by which the tracer finds out how it can name functions.
   */
  z.strictObject({ t: z.literal('intervention'), act: z.enum(['edge-read', 'host-bridge-read']) }),
  z.strictObject({
    t: z.literal('edge'),
    edge: z.enum(edgeNames),
    cycle: runningCycle,
    /** Absent where it is that of the edge before, whatever its name. */
    bootId: z.string().optional(),
    monoMs: z.number().int().nonnegative(),
    /**
     * What changed since the last edge of this name; the first one has everything, and a clean cycle nothing at all.
     * Null stands for a function that this edge, unlike the last one, does not have.
     */
    changed: z.record(z.string(), storedHealth.partial().nullable()).optional(),
    /** Absent where nobody but the VM has a function open. */
    holders: z
      .array(
        z.strictObject({ pid: z.number().int(), command: z.string(), file: z.string(), functions: z.array(address) }),
      )
      .optional(),
    stuck: z.array(stuckTask).optional(),
  }),
  z.strictObject({ t: z.literal('intent'), act, cycle: runningCycle }),
  z.strictObject({
    t: z.literal('act-done'),
    act,
    cycle: runningCycle,
    ok: z.boolean(),
    /** Absent where it is 0 and the act went well. */
    exitCode: z.number().int().nullable().optional(),
    durationMs: z.number().int().nonnegative(),
    /** What the manager said; absent where it said nothing. */
    output: z.string().optional(),
    /** In the place of `output`: it said what it said about the last act of this name about which it said something. */
    again: z.literal(true).optional(),
  }),
  /** The VM is still there after what was done to end it: written before the next, harder step. The first one is the act `vm-stop`. */
  z.strictObject({
    t: z.literal('stop-intent'),
    step: stopStep,
    cycle: z.number().int().positive(),
    /** The VM's process. */
    pid: z.number().int().optional(),
  }),
  /** How a step to end the VM ended; of the first one, `stop`, only where it did not go as the manager said. */
  z.strictObject({
    t: z.literal('stop-done'),
    step: stopStep,
    cycle: z.number().int().positive(),
    standing: z.enum(['gone', 'still-there', 'skipped']),
    durationMs: z.number().int().nonnegative(),
    /** Why it was skipped, or what is to be said of it. */
    message: z.string().optional(),
  }),
  /** The VM's process was gone before health was read while it ran, and nobody had asked it to stop. */
  z.strictObject({ t: z.literal('vm-gone'), cycle: z.number().int().positive() }),
  /** What the guest showed of the functions that its VM was given. */
  z.strictObject({
    t: z.literal('guest-proof'),
    cycle: z.number().int().positive(),
    /** From the VM's start to the first answer of the guest's agent; null where there was none. */
    answeredMs: z.number().int().nonnegative().nullable(),
    /** Functions that something was asked about. */
    asked: z.number().int().nonnegative(),
    /** Those of them that the guest does not have or cannot use; absent where there are none. */
    findings: z
      .array(z.strictObject({ address, symptom: z.enum(['guest-missing', 'guest-unusable']), reading: z.string() }))
      .optional(),
    /** Why the guest proved nothing, for or against; absent where it did. */
    notProven: z.string().optional(),
  }),
  /** One kernel record that may matter for a verdict; with `repeats`, the record of this `seq` was said that many times more. */
  z.strictObject({
    t: z.literal('kernel'),
    seq: z.number().int(),
    level: z.number().int(),
    usec: z.number().int(),
    text: z.string(),
    repeats: z.number().int().positive().optional(),
  }),
  /** An act on the VM takes longer than it may, and this is why it is waited for all the same: tasks in the middle of a reset. */
  z.strictObject({
    t: z.literal('reset-awaited'),
    act,
    cycle: z.number().int().positive(),
    waitedMs: z.number().int().nonnegative(),
    /** When the host counts as wedged. */
    untilMs: z.number().int().nonnegative(),
    stuck: z.array(stuckTask),
  }),
  /** How this run knows of resets from here on; once for each observer, and again where that changes. */
  z.strictObject({
    t: z.literal('reset-source'),
    source: resetSource,
    /** Why it is not a better one. */
    reason: z.string().optional(),
  }),
  /** The resets that the kernel did, or refused, in a cycle; without `cycle` those between cycles. */
  z.strictObject({
    t: z.literal('resets'),
    cycle: z.number().int().positive().optional(),
    /** Absent where they are those of the `resets` event before, but for how long each took: a clean cycle. */
    resets: z.array(reset).optional(),
    /** How long each took, in milliseconds; null for one that was not seen to end. */
    ms: z.array(z.number().int().nonnegative().nullable()),
    /** So many calls of the kernel were not told, so that a reset may be missing. */
    lost: z.number().int().positive().optional(),
  }),
  /** Written before a step is taken to bring back what the cycle lost. */
  z.strictObject({
    t: z.literal('rung-intent'),
    rung,
    cycle: z.number().int().positive(),
    functions: z.array(address),
  }),
  z.strictObject({
    t: z.literal('rung-done'),
    rung,
    cycle: z.number().int().positive(),
    /** The functions that are usable again because of it. */
    revived: z.array(address),
    durationMs: z.number().int().nonnegative(),
    /** Absent in journals of before it was told: taken, unless there is a message. */
    standing: z.enum(['taken', 'not-possible', 'forbidden', 'failed']).optional(),
    /** Why the step could not be taken, or what is to be said of it. */
    message: z.string().optional(),
  }),
  z.strictObject({
    t: z.literal('cycle-finished'),
    cycle: runningCycle,
    /** Absent where it is true. */
    complete: z.boolean().optional(),
  }),
] as const;
