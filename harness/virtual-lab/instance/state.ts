import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { LabRunsForeignError } from '../errors.ts';
import type { InstanceFiles } from './instance-files.ts';
import { isAlive, type ProcessIdentity, writtenIdentity } from './process-identity.ts';

/** What is written down about a lab from its `lab up` to its `lab down`. */
const stateSchema = z.strictObject({
  version: z.literal(2),
  /** `starting` until SSH answered once. */
  phase: z.enum(['starting', 'ready']),
  sshPort: z.int().min(1).max(65_535),
  hostKeySha256: z.string(),
  commandLine: z.string(),
  /** BIOS version that QEMU was last started with. */
  bios: z.string(),
  /** BIOS version for the next start of QEMU. */
  flashedBios: z.string(),
  memoryMib: z.int().positive(),
  /** Compiled fault rules; empty for none. */
  faults: z.string(),
  accelerator: z.enum(['kvm', 'tcg']),
  /** Release of the kernel that was the host's default at `lab up`. */
  kernel: z.string(),
  /** Whether that is the image's own default. */
  kernelIsDefault: z.boolean(),
  imageHash: z.string(),
  /** Hash of the code that makes QEMU's arguments. */
  machineHash: z.string(),
  /** When QEMU was last started. */
  startedAt: z.iso.datetime(),
});
export type InstanceState = z.infer<typeof stateSchema>;

/** What an instance is at this moment; `off` is a machine without power, which keeps its disks and its port. */
export type InstanceCondition =
  | { readonly condition: 'stopped' }
  | { readonly condition: 'off'; readonly state: InstanceState }
  | {
      readonly condition: 'starting' | 'running';
      readonly state: InstanceState;
      readonly process: ProcessIdentity;
    };

/** @returns undefined for a text that is not the state of an instance, such as one that another version wrote. */
export function parseState(text: string): InstanceState | undefined {
  try {
    return stateSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/**
 * The condition of an instance, by what is written down and by what really runs.
 *
 * @throws LabRunsForeignError
 */
export async function instanceCondition(files: InstanceFiles): Promise<InstanceCondition> {
  const text = await readFile(files.state, 'utf8').catch(() => undefined);
  const state = text === undefined ? undefined : parseState(text);
  const written = await writtenIdentity(files.qemuProcess);
  const process = written !== undefined && (await isAlive(written)) ? written : undefined;
  if (state === undefined) {
    if (process !== undefined) throw new LabRunsForeignError(files.directory, process.pid);
    await requireNothingForeign(text, files);
    return { condition: 'stopped' };
  }
  if (process === undefined) return { condition: 'off', state };
  return { condition: state.phase === 'ready' ? 'running' : 'starting', state, process };
}

/** What versions before the second wrote, so that a lab started by one is never left running unseen. */
const foreignState = z.object({
  process: z.strictObject({
    pid: z.int().positive(),
    startTicks: z.int().nonnegative(),
    bootId: z.string(),
  }),
});

async function requireNothingForeign(text: string | undefined, files: InstanceFiles): Promise<void> {
  if (text === undefined) return;
  let foreign;
  try {
    foreign = foreignState.parse(JSON.parse(text));
  } catch {
    return;
  }
  if (await isAlive(foreign.process)) throw new LabRunsForeignError(files.directory, foreign.process.pid);
}

/** Replaces the state in one step, so that a reader never sees half of it. */
export async function writeState(files: InstanceFiles, state: InstanceState): Promise<void> {
  const fresh = `${files.state}.new`;
  await writeFile(fresh, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
  await rename(fresh, files.state);
}

export async function removeState(files: InstanceFiles): Promise<void> {
  await rm(files.state, { force: true });
}
