import { z } from 'zod';
import { parsePciAddress, type PciAddress } from '../pci/address.ts';
import type { HealthByFunction, Holder, StuckTask } from '../pci/health.ts';
import { performedResets } from '../pci/reset-names.ts';

/** Version of the journal's form. A reader refuses what it does not know instead of guessing. */
export const journalVersion = 1;

const address = z.string().transform((text, context): PciAddress => {
  const parsed = parsePciAddress(text);
  if (parsed !== undefined) return parsed;
  context.addIssue({ code: 'custom', message: `"${text}" is no PCI address` });
  return z.NEVER;
});

const identity = z.strictObject({
  hostname: z.string(),
  bootId: z.string(),
  kernel: z.string(),
  commandLine: z.string(),
  boardVendor: z.string().nullable(),
  board: z.string().nullable(),
  biosVendor: z.string().nullable(),
  bios: z.string().nullable(),
  biosDate: z.string().nullable(),
  acsOverrideWarning: z.boolean().nullable(),
});
export type HostIdentity = z.infer<typeof identity>;

const cell = z.strictObject({ bios: z.string(), kernel: z.string(), commandLine: z.string() });
export type Cell = z.infer<typeof cell>;

const errorCounts = z.strictObject({
  correctable: z.number().int(),
  nonFatal: z.number().int(),
  fatal: z.number().int(),
});

const storedHealth = z.strictObject({
  present: z.boolean(),
  config: z.string().nullable(),
  driver: z.string().nullable(),
  group: z.number().int().nullable(),
  linkSpeed: z.string().nullable(),
  linkWidth: z.number().int().nullable(),
  powerState: z.string().nullable(),
  runtimeStatus: z.string().nullable(),
  enableCount: z.number().int().nullable(),
  resetMethods: z.array(z.string()).nullable(),
  bridge: z
    .strictObject({
      address,
      config: z.string().nullable(),
      express: z.string().optional(),
      expressOffset: z.number().int().optional(),
      errors: errorCounts.nullable().optional(),
    })
    .nullable(),
  errors: errorCounts.nullable().optional(),
});

const reset = z.strictObject({
  /** Whose reset was asked for; absent where somebody reset a bus by its bridge. */
  function: address.optional(),
  method: z.enum(performedResets),
  /** The bridge whose secondary bus was reset. */
  bridge: address.optional(),
  /** The task that did it, as the kernel names it; absent where only the log told. */
  task: z.string().optional(),
  /** Whether it was part of opening or closing a function for a VM. */
  during: z.enum(['open', 'close']).optional(),
  /** 0 or a negative errno; null where nothing told. */
  returned: z.number().int().nullable(),
});
export type ResetRecord = z.infer<typeof reset>;

/** Where the knowledge of resets comes from, best first: probes on the kernel's functions, its log, or only what it offers. */
export const resetSources = ['kernel-events', 'log', 'reset-method'] as const;
const resetSource = z.enum(resetSources);
export type ResetSource = z.infer<typeof resetSource>;

/** A cell as it was asked for; what is absent may be anything. */
const cellRequest = z.strictObject({
  name: z.string(),
  kernel: z.string().optional(),
  /** A Debian package on the controller that brings the kernel. */
  kernelPackage: z.string().optional(),
  commandLine: z.string().optional(),
  bios: z.string().optional(),
});
export type CellRequest = z.infer<typeof cellRequest>;

export const edgeNames = ['baseline', 'before', 'running', 'after', 'recovery'] as const;
export type EdgeName = (typeof edgeNames)[number];

export const functionRole = z.enum(['gpu', 'usb', 'audio']);
const act = z.enum(['vm-start', 'vm-stop']);
export type Act = z.infer<typeof act>;

/** The steps that bring a lost function back, weakest first. */
export const rungNames = [
  'wait',
  'restore-bridge',
  'function-reset',
  'rescan',
  'bus-reset',
  'd3cold',
  'suspend',
  'host-reboot',
  'power-cycle',
] as const;
const rung = z.enum(rungNames);
export type RungName = z.infer<typeof rung>;

const stuckTask = z.strictObject({ pid: z.number().int(), command: z.string(), where: z.string() });

const groupMember = z.strictObject({
  address,
  id: z.string(),
  class: z.string(),
  driver: z.string().nullable(),
  owner: z.enum(['vm', 'host', 'bridge']),
  uses: z.array(z.string()),
});

/**
 * Everything a run can write down. `cycle` is the running cycle's number, counted from 1.
 * What the harness knows only from these events is all a verdict may rest on.
 */
const eventBodies = [
  z.strictObject({
    t: z.literal('run-started'),
    version: z.literal(journalVersion),
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
      /** 0 for a run that only boots and verifies. */
      cycles: z.number().int().nonnegative(),
      /** What the run was asked to boot first; absent where it takes the host as it is. */
      cell: cellRequest.optional(),
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
    cycle: z.number().int().nonnegative(),
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
  z.strictObject({ t: z.literal('intent'), act, cycle: z.number().int().positive() }),
  z.strictObject({
    t: z.literal('act-done'),
    act,
    cycle: z.number().int().positive(),
    ok: z.boolean(),
    exitCode: z.number().int().nullable(),
    durationMs: z.number().int().nonnegative(),
    output: z.string().optional(),
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
  z.strictObject({ t: z.literal('lab-lost'), code: z.string(), message: z.string() }),
  z.strictObject({ t: z.literal('lab-back'), bootId: z.string() }),
  /**
   * The host gave no answer any more and was, or must be, power-cycled: nothing of the open cycle can be known.
   * `console` are the last lines of its console, where there is one.
   */
  z.strictObject({ t: z.literal('host-wedged'), why: z.string(), console: z.array(z.string()).optional() }),
  z.strictObject({ t: z.literal('cycle-finished'), cycle: z.number().int().positive(), complete: z.boolean() }),
  z.strictObject({
    t: z.literal('run-finished'),
    reason: z.enum(['cycles-done', 'stop-rule', 'interrupted', 'infra', 'refused', 'parked']),
    code: z.string().optional(),
    message: z.string().optional(),
  }),
] as const;

/** `n` numbers the events of a run from 1; `at` is the controller's clock in milliseconds since the epoch. */
const stamp = { n: z.number().int().positive(), at: z.number().int().nonnegative() };

const [first, ...others] = eventBodies;

/** One line of the journal as it stands in the file. */
export const journalLine = z.discriminatedUnion('t', [
  first.extend(stamp),
  ...others.map((body) => body.extend(stamp)),
]);

interface Stamp {
  readonly n: number;
  readonly at: number;
}
type StoredBody = z.infer<(typeof eventBodies)[number]>;
export type StoredEdge = Extract<StoredBody, { t: 'edge' }>;

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

export type JournalEventBody = Exclude<StoredBody, { t: 'edge' }> | EdgeBody;
export type JournalEvent = JournalEventBody & Stamp;
export type JournalEventOf<T extends JournalEvent['t']> = Extract<JournalEvent, { t: T }>;
export type IommuGroup = JournalEventOf<'groups-read'>['groups'][number];
export type GroupMember = IommuGroup['members'][number];
export type FunctionRole = z.infer<typeof functionRole>;
