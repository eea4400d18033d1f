import { z } from 'zod';

/** What befalls the host itself: boots, flashes, its power, its console, its loss and return. */
export const hostEvents = [
  /** Something was armed on the host before this run armed anything, such as by a run that died. */
  z.strictObject({
    t: z.literal('boot-leftover'),
    loader: z.string(),
    means: z.string(),
    entry: z.string(),
    kernel: z.string().nullable(),
    /** False where it was left as it is: this run boots nothing, and somebody else may have armed it on purpose. */
    takenBack: z.boolean(),
  }),
  /** A boot that an earlier run of ours began and whose end it did not live to see. */
  z.strictObject({
    t: z.literal('boot-unfinished'),
    run: z.string(),
    cell: z.string(),
    /** Whether the host was booted since. */
    rebooted: z.boolean(),
    /** What runs now. */
    kernel: z.string(),
  }),
  /** Written before anything is armed; the parts of the cell that are null may be anything. `commandLine` as it was asked for. */
  z.strictObject({
    t: z.literal('boot-intent'),
    cell: z.string(),
    loader: z.string(),
    kernel: z.string().nullable(),
    commandLine: z.string().nullable(),
    bios: z.string().nullable(),
    bootIdBefore: z.string(),
  }),
  z.strictObject({
    t: z.literal('boot-done'),
    cell: z.string(),
    ok: z.boolean(),
    /** What answers now; null where nothing does. After a boot that failed it is what the host fell back to. */
    kernel: z.string().nullable(),
    bootIdAfter: z.string().nullable(),
    /** What is not as asked, and what else is worth knowing. */
    findings: z.array(z.string()),
    durationMs: z.number().int().nonnegative(),
    code: z.string().optional(),
    message: z.string().optional(),
    /** The last lines of the console, where there is one. */
    console: z.array(z.string()).optional(),
  }),
  /** A kernel package was installed on the host for a cell. */
  z.strictObject({
    t: z.literal('kernel-installed'),
    package: z.string(),
    added: z.array(z.string()),
    defaultBefore: z.string().nullable(),
    defaultAfter: z.string().nullable(),
  }),
  /** Written before a BIOS is flashed; `from` is what DMI says until then. */
  z.strictObject({
    t: z.literal('bios-intent'),
    cell: z.string(),
    from: z.string(),
    to: z.string(),
    driver: z.string(),
  }),
  /** The flasher is done; what runs now is not known before the next boot, whose proof is in `boot-done`. */
  z.strictObject({
    t: z.literal('bios-done'),
    cell: z.string(),
    to: z.string(),
    driver: z.string(),
    ok: z.boolean(),
    durationMs: z.number().int().nonnegative(),
    /** The last lines of what the flasher said, without secrets. */
    output: z.array(z.string()).optional(),
    code: z.string().optional(),
    message: z.string().optional(),
  }),
  /** Somebody said that a flash is over which an earlier run began and whose end it did not live to see. */
  z.strictObject({ t: z.literal('flash-over'), run: z.string(), to: z.string(), driver: z.string() }),
  /** The run cannot go on before somebody has done what `instructions` say; it can end here and be resumed later. */
  z.strictObject({
    t: z.literal('parked'),
    cell: z.string(),
    from: z.string(),
    to: z.string(),
    driver: z.string(),
    instructions: z.string(),
  }),
  /** A parked run goes on: the host showed, in the boot named, the BIOS that it was parked for. */
  z.strictObject({ t: z.literal('resumed'), bios: z.string(), bootId: z.string() }),
  /** Written before the power is touched; an `off` is one cut of the power. */
  z.strictObject({ t: z.literal('power-intent'), act: z.enum(['on', 'off']) }),
  z.strictObject({
    t: z.literal('power-done'),
    act: z.enum(['on', 'off']),
    /** False where the device cannot tell its state. */
    verified: z.boolean(),
    readBack: z.enum(['on', 'off', 'unknown']),
    failure: z.string().optional(),
  }),
  /**
   * The host did not answer when the run began, and an earlier run that was killed had cut its power. `unknown` where the power
   * device does not tell whether it is still off.
   */
  z.strictObject({
    t: z.literal('power-found-off'),
    cutAtMs: z.number().int().nonnegative(),
    readBack: z.enum(['off', 'unknown']).optional(),
  }),
  /** A line of the console that says how the host is. */
  z.strictObject({ t: z.literal('console-sign'), kind: z.string(), standing: z.string(), text: z.string() }),
  /** Written before another run is made to give the lab up. */
  z.strictObject({
    t: z.literal('take-over-intent'),
    from: z.string(),
    /** Of its observer on the host; null where it could not be told. */
    pid: z.number().int().nullable(),
    heldSeconds: z.number().int().nonnegative().nullable(),
  }),
  z.strictObject({
    t: z.literal('take-over-done'),
    from: z.string(),
    how: z.enum(['gave-way', 'terminated', 'killed']),
  }),
  z.strictObject({ t: z.literal('lab-lost'), code: z.string(), message: z.string() }),
  z.strictObject({ t: z.literal('lab-back'), bootId: z.string() }),
  /**
   * The host gave no answer any more and was, or must be, power-cycled: nothing of the open cycle can be known.
   * `console` are the last lines of its console, where there is one.
   */
  z.strictObject({ t: z.literal('host-wedged'), why: z.string(), console: z.array(z.string()).optional() }),
] as const;
