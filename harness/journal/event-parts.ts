import { z } from 'zod';
import { parsePciAddress, type PciAddress } from '../pci/address.ts';
import { performedResets } from '../pci/reset-names.ts';

export const address = z.string().transform((text, context): PciAddress => {
  const parsed = parsePciAddress(text);
  if (parsed !== undefined) return parsed;
  context.addIssue({ code: 'custom', message: `"${text}" is no PCI address` });
  return z.NEVER;
});

export const identity = z.strictObject({
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

export const cell = z.strictObject({ bios: z.string(), kernel: z.string(), commandLine: z.string() });
export type Cell = z.infer<typeof cell>;

export const errorCounts = z.strictObject({
  correctable: z.number().int(),
  nonFatal: z.number().int(),
  fatal: z.number().int(),
});

export const storedHealth = z.strictObject({
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

export const reset = z.strictObject({
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
export const resetSource = z.enum(resetSources);
export type ResetSource = z.infer<typeof resetSource>;

/** A cell as it was asked for; what is absent may be anything. */
export const cellRequest = z.strictObject({
  name: z.string(),
  kernel: z.string().optional(),
  /** A Debian package on the controller that brings the kernel. */
  kernelPackage: z.string().optional(),
  commandLine: z.string().optional(),
  bios: z.string().optional(),
});
export type CellRequest = z.infer<typeof cellRequest>;

export const functionRole = z.enum(['gpu', 'usb', 'audio']);

/** What ends a run; the first that is met does. */
export const stopRules = z.strictObject({
  /** Counted from the start of the run; it ends between two cycles. */
  forMs: z.number().int().positive().optional(),
  /** After the cycle, and its recovery, in which a function was lost; with roles, one of such a role. */
  untilLost: z.union([z.literal(true), z.array(functionRole).min(1).readonly()]).optional(),
  /** Once it is proven of every function that it fails to come back as it was less often than this, a cycle. Both between 0 and 1. */
  prove: z.strictObject({ rate: z.number().gt(0).lt(1), confidence: z.number().gt(0).lt(1) }).optional(),
});
export type StopRules = z.infer<typeof stopRules>;

export const edgeNames = ['baseline', 'before', 'running', 'after', 'recovery'] as const;
export type EdgeName = (typeof edgeNames)[number];

export const act = z.enum(['vm-start', 'vm-stop']);
export type Act = z.infer<typeof act>;

/**
 * The steps that end a VM, mildest first: the manager's stop, the guest's own shutdown, SIGTERM and SIGKILL to the VM's process, and a cut
 * of the host's power.
 */
export const stopStepNames = ['stop', 'shutdown', 'terminate', 'kill', 'power'] as const;
export const stopStep = z.enum(stopStepNames);
export type StopStep = z.infer<typeof stopStep>;

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
export const rung = z.enum(rungNames);
export type RungName = z.infer<typeof rung>;

/** What is done about a function that a cycle lost. */
export const recoveryPolicy = z.strictObject({
  rungs: z.array(rung).readonly(),
  waitMs: z.number().nonnegative(),
  stopAt: z.union([rung, z.literal('still-lost')]).optional(),
});

export const stuckTask = z.strictObject({ pid: z.number().int(), command: z.string(), where: z.string() });

export const groupMember = z.strictObject({
  address,
  id: z.string(),
  class: z.string(),
  driver: z.string().nullable(),
  owner: z.enum(['vm', 'host', 'bridge']),
  uses: z.array(z.string()),
});
