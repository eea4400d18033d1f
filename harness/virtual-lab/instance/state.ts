import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { LabRunsForeignError } from '../errors.ts';
import type { InstanceFiles } from './instance-files.ts';
import { isAlive } from './process-identity.ts';

const processSchema = z.strictObject({
  pid: z.int().positive(),
  startTicks: z.int().nonnegative(),
  bootId: z.string(),
});

/** What is written down about a started lab. */
const stateSchema = z.strictObject({
  version: z.literal(1),
  process: processSchema,
  /** `starting` until SSH answered once. */
  phase: z.enum(['starting', 'ready']),
  sshPort: z.int().min(1).max(65_535),
  hostKeySha256: z.string(),
  commandLine: z.string(),
  bios: z.string(),
  /** Compiled fault rules; empty where there are none. */
  faults: z.string().default(''),
  memoryMib: z.int().positive(),
  accelerator: z.enum(['kvm', 'tcg']),
  kernel: z.string(),
  /** Whether that is the image's own default. */
  kernelIsDefault: z.boolean(),
  imageHash: z.string(),
  /** Hash of the code that makes QEMU's arguments. */
  machineHash: z.string(),
  startedAt: z.iso.datetime(),
});
export type InstanceState = z.infer<typeof stateSchema>;

/** What an instance is at this moment; `died` means that QEMU ended without `lab down`. */
export type InstanceCondition =
  | { readonly condition: 'stopped' }
  | { readonly condition: 'died' | 'starting' | 'running'; readonly state: InstanceState };

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
  if (state === undefined) {
    await requireNothingForeign(text, files);
    return { condition: 'stopped' };
  }
  if (!(await isAlive(state.process))) return { condition: 'died', state };
  return { condition: state.phase === 'ready' ? 'running' : 'starting', state };
}

/** What every version writes alike, so that a lab started by another one is never left running unseen. */
const foreignState = z.object({ process: processSchema });

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
