import { z } from 'zod';
import { functionRole } from './event-parts.ts';

const count = z.number().int().nonnegative();
const durationMs = z.number().nonnegative();
const flash = z.strictObject({
  by: z.enum(['command', 'hand']),
  flashMs: durationMs,
  notBeforeMs: z.number().optional(),
});

/** One kernel of a search; a name alone is the host's default. */
const kernelCandidate = z.strictObject({
  name: z.string(),
  /** As `uname -r` prints it; of a commit, it is known once it is built. */
  release: z.string().optional(),
  /** A Debian package on the controller that brings it. */
  package: z.string().optional(),
  /** Full name of the commit that it is built from. */
  commit: z.string().optional(),
});
export type KernelCandidate = z.infer<typeof kernelCandidate>;

const flagCandidate = z.strictObject({
  /** Words of the kernel command line, as --cmdline takes them. */
  words: z.string(),
  suspect: z.enum(['on', 'off']),
});
export type FlagCandidate = z.infer<typeof flagCandidate>;

/** Positions in what is searched. */
const searchedCell = z.strictObject({ kernel: count, bios: count, flags: count });

/** What was seen of the asked roles in one boot of the host, by one visit. */
const bootSeen = z.strictObject({
  boot: z.string(),
  roles: z.partialRecord(functionRole, z.strictObject({ survived: count, lost: z.boolean() })),
});
export type BootSeen = z.infer<typeof bootSeen>;

const costKind = z.enum(['cycle', 'kernel-boot', 'reboot-after-loss', 'flash']);

/**
 * The journal of a bisect is one of its own. Its visits are runs with their journals beside it; what they showed is copied here, so that this
 * journal alone tells what is known.
 */
export const bisectEvents = [
  z.strictObject({
    t: z.literal('bisect-started'),
    comeback: z.string(),
    bisect: z.string(),
    host: z.string(),
    roles: z.array(functionRole).min(1),
    kernels: z.array(kernelCandidate).min(1),
    /** Oldest first; null alone where the BIOS is left as it is. */
    biosVersions: z.array(z.string().nullable()).min(1),
    flags: z.array(flagCandidate),
    isFix: z.boolean(),
    confidence: z.number(),
    rateFloor: z.number(),
    costs: z.strictObject({ cycleMs: durationMs, kernelBootMs: durationMs, rebootAfterLossMs: durationMs, flash }),
    /** How a commit becomes a package. */
    build: z.strictObject({ repository: z.string(), command: z.string() }).optional(),
  }),
  z.strictObject({
    t: z.literal('bisect-resumed'),
    comeback: z.string(),
    tornBytes: z.number().int().positive().optional(),
  }),
  /** A commit was built. */
  z.strictObject({
    t: z.literal('kernel-built'),
    kernel: count,
    package: z.string(),
    release: z.string(),
    durationMs: count,
  }),
  /** A commit that its build command says cannot be tested. */
  z.strictObject({ t: z.literal('kernel-skipped'), kernel: count, why: z.string() }),
  /** Written before the host is spoken to for it. */
  z.strictObject({
    t: z.literal('visit-decided'),
    visit: z.number().int().positive(),
    cell: searchedCell,
    /** The run that the visit is, or goes on with. */
    run: z.string(),
    /** Cycles that the run had before, in the same boot. */
    fromCycle: count,
    toCycle: z.number().int().positive(),
    endAtLossOf: z.array(functionRole).min(1),
    switch: z.enum(['none', 'reboot', 'kernel', 'flash']),
    why: z.string(),
    /** What the decision took for now. */
    nowMs: z.number(),
    expected: z.strictObject({ bits: z.number(), durationMs, lossProbability: z.number() }),
  }),
  /** What the run showed from `fromCycle` on. */
  z.strictObject({
    t: z.literal('visit-over'),
    visit: z.number().int().positive(),
    /** The last cycle of its run. */
    lastCycle: count,
    boots: z.array(bootSeen),
    /** The boot that the host was left in; absent where the cell does not run. */
    leftIn: z.strictObject({ boot: z.string(), isLost: z.boolean() }).optional(),
    /** How long each of so many took on average. */
    took: z.array(z.strictObject({ kind: costKind, durationMs, count: count.positive() })),
    /** The cell could not be booted, or cannot be used. */
    failure: z.strictObject({ kind: z.enum(['boot', 'unusable']), message: z.string() }).optional(),
  }),
  z.strictObject({
    t: z.literal('bisect-finished'),
    reason: z.enum(['verdict', 'limit', 'interrupted', 'infra', 'refused', 'parked']),
    code: z.string().optional(),
    message: z.string().optional(),
  }),
] as const;
