import { chmod, mkdir, rm } from 'node:fs/promises';
import { type Clock, systemClock } from '../clock.ts';
import { LabRunsDifferentlyError, LabStartError } from './errors.ts';
import { withFileLock } from './file-lock.ts';
import { bootChoice } from './image/grub-defaults.ts';
import { imageHash, kernelOf, labImage, machineHash } from './image/lab-image.ts';
import { consoleSize, consoleTail, rotateConsole } from './instance/console.ts';
import { makeDisks, removeDisks } from './instance/disks.ts';
import { type InstanceFiles, instanceFiles } from './instance/instance-files.ts';
import { ensureKeys, hostKeyFingerprint } from './instance/keys.ts';
import { launch } from './instance/launch.ts';
import { freePort, type StopWay, stopQemu } from './instance/qemu-process.ts';
import { untilReady } from './instance/readiness.ts';
import { instanceCondition, type InstanceState, removeState, writeState } from './instance/state.ts';
import { accelerator } from './machine/accelerator.ts';
import { boardIdentity } from './machine/board.ts';
import { requireLabPackages } from './packages.ts';

/** Name of the instance that the inventory's host `virtual` means. */
export const defaultLabName = 'virtual';

/** The command line of a lab host that is split as it must be for its VM. */
export const defaultCommandLine = 'pcie_acs_override=downstream,multifunction';

const defaultMemoryMib = 2048;

/** From QEMU's start to a working SSH; software emulation on a busy machine takes up to half a minute. */
const defaultBootTimeoutMs = 180_000;

export interface UpOptions {
  readonly name?: string;
  /** Added to the lab's own kernel command line in place of {@link defaultCommandLine}; may be empty. */
  readonly commandLine?: string;
  /** Release of the kernel that the host boots by default; the image's own default unless given. */
  readonly kernel?: string;
  readonly bios?: string;
  readonly memoryMib?: number;
  /** Compiled fault rules (see faults/load.ts); none unless given. */
  readonly faults?: string;
  /** Builds the image anew even where it is cached. */
  readonly rebuild?: boolean;
  /** Stops an instance that runs with other parameters, instead of refusing. */
  readonly restart?: boolean;
  readonly bootTimeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Called with one line for a person whenever there is something to tell. */
  readonly progress?: (text: string) => void;
  /** Called with each line of the lab host's console while it boots. */
  readonly consoleLine?: (line: string) => void;
  readonly clock?: Clock;
}

/** What is told about an instance. */
export type LabStatus =
  | { readonly name: string; readonly condition: 'stopped' }
  | ({
      readonly name: string;
      readonly condition: 'off' | 'starting' | 'running';
      readonly console: string;
      /** Of QEMU; null while the host has no power. */
      readonly pid: number | null;
    } & Pick<
      InstanceState,
      'commandLine' | 'bios' | 'memoryMib' | 'accelerator' | 'kernel' | 'imageHash' | 'startedAt' | 'sshPort'
    >);

export interface UpResult {
  /** False where the instance was up already. */
  readonly started: boolean;
  /** From QEMU's start to a working SSH; 0 where nothing was started. */
  readonly bootMs: number;
  readonly status: LabStatus;
}

/**
 * Brings a lab up: image, QEMU, and a working SSH with its drivers bound. It outlives this process.
 *
 * @throws MissingLabPackagesError, LabImageError, LabNeedsRootError, LabKernelError, LabRunsDifferentlyError; LabStartError after
 * stopping what was half started; the signal's reason once it aborts, with the same tidiness.
 */
export async function upLab(options: UpOptions = {}): Promise<UpResult> {
  const { name = defaultLabName, progress = () => undefined } = options;
  const signal = options.signal ?? new AbortController().signal;
  const files = instanceFiles(name);
  await requireLabPackages();
  await mkdir(files.directory, { recursive: true, mode: 0o700 });
  await chmod(files.directory, 0o700);
  const onWait = (): void => progress(`waiting for another command on the lab ${name}`);
  return await withFileLock(files.lock, signal, onWait, () => upLocked(name, files, options, signal));
}

async function upLocked(
  name: string,
  files: InstanceFiles,
  options: UpOptions,
  signal: AbortSignal,
): Promise<UpResult> {
  const { progress = () => undefined, clock = systemClock, rebuild = false, restart = false } = options;
  const wanted = await wantedParameters(options);
  const before = await instanceCondition(files);
  const boot = async (state: InstanceState): Promise<UpResult> => {
    const bootMs = await bootUntilReady(name, files, state, options, clock, signal);
    return { started: true, bootMs, status: await labStatus(name) };
  };
  if (before.condition === 'running' || before.condition === 'off') {
    const differences = rebuild ? ['image'] : differencesOf(before.state, wanted, options.kernel);
    if (differences.length === 0 && before.condition === 'running') {
      return { started: false, bootMs: 0, status: await labStatus(name) };
    }
    if (differences.length === 0 && before.state.phase === 'ready') {
      progress(`switching the lab ${name} on again`);
      return await boot(before.state);
    }
    if (before.condition === 'running' && !restart) throw new LabRunsDifferentlyError(name, differences);
  }
  const image = await labImage(rebuild, { progress, signal });
  const kernel = kernelOf(image, options.kernel);
  const choice = await accelerator(signal);
  if (before.condition === 'running' || before.condition === 'starting') progress(`stopping the lab ${name}`);
  await switchOff(files, true, clock);
  await removeState(files);
  progress(`starting the lab ${name} under ${choice.accelerator.toUpperCase()} (${choice.because})`);
  await ensureKeys(name, files);
  await rotateConsole(files);
  await makeDisks(files, image, bootChoice(kernel, wanted.commandLine));
  return await boot({
    version: 2,
    phase: 'starting',
    sshPort: await freePort(),
    hostKeySha256: await hostKeyFingerprint(files),
    ...wanted,
    bios: wanted.flashedBios,
    accelerator: choice.accelerator,
    kernel,
    kernelIsDefault: kernel === image.kernels[0],
    startedAt: new Date(clock.nowMs()).toISOString(),
  });
}

type Wanted = Pick<InstanceState, 'commandLine' | 'flashedBios' | 'memoryMib' | 'faults' | 'imageHash' | 'machineHash'>;

async function wantedParameters(options: UpOptions): Promise<Wanted> {
  return {
    commandLine: options.commandLine ?? defaultCommandLine,
    flashedBios: options.bios ?? boardIdentity.defaultBios,
    memoryMib: options.memoryMib ?? defaultMemoryMib,
    faults: options.faults ?? '',
    imageHash: await imageHash(),
    machineHash: await machineHash(),
  };
}

function differencesOf(state: InstanceState, wanted: Wanted, kernel: string | undefined): string[] {
  return [
    ...((kernel === undefined ? state.kernelIsDefault : state.kernel === kernel) ? [] : ['kernel']),
    ...(state.commandLine === wanted.commandLine ? [] : ['command line']),
    ...(state.flashedBios === wanted.flashedBios ? [] : ['BIOS version']),
    ...(state.memoryMib === wanted.memoryMib ? [] : ['memory size']),
    ...(state.faults === wanted.faults ? [] : ['set of fault rules']),
    ...(state.imageHash === wanted.imageHash ? [] : ['image']),
    ...(state.machineHash === wanted.machineHash ? [] : ['machine']),
  ];
}

async function bootUntilReady(
  name: string,
  files: InstanceFiles,
  before: InstanceState,
  { consoleLine = () => undefined, bootTimeoutMs = defaultBootTimeoutMs }: UpOptions,
  clock: Clock,
  signal: AbortSignal,
): Promise<number> {
  const startedMs = clock.nowMs();
  const fromByte = await consoleSize(files.console);
  try {
    const { qemu, state } = await launch(name, files, before, clock, { timeoutMs: bootTimeoutMs, signal });
    const giveUp = new AbortController();
    const wait = { timeoutMs: bootTimeoutMs, signal: AbortSignal.any([signal, giveUp.signal]) };
    try {
      await Promise.race([untilReady(files, state.sshPort, fromByte, wait, consoleLine, clock), qemu.ended]);
    } finally {
      giveUp.abort(new Error('nobody waits any more'));
    }
    await writeState(files, { ...state, phase: 'ready' });
    return clock.nowMs() - startedMs;
  } catch (error) {
    // A host that was there before keeps its disks, and is off again.
    await (before.phase === 'ready' ? switchOff(files, false, clock) : tearDown(files, false, clock));
    if (signal.aborted) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new LabStartError(name, reason, await consoleTail(files, shownConsoleLines), { cause: error });
  }
}

/** Ends what runs. */
async function switchOff(files: InstanceFiles, inOrder: boolean, clock: Clock): Promise<StopWay | undefined> {
  const found = await instanceCondition(files);
  if (found.condition !== 'running' && found.condition !== 'starting') return undefined;
  return await stopQemu(found.process, files, inOrder && found.condition === 'running', clock);
}

/** Ends what runs and takes away what is written down; the console stays, for whoever wants to know why. */
async function tearDown(files: InstanceFiles, inOrder: boolean, clock: Clock): Promise<StopWay | undefined> {
  const way = await switchOff(files, inOrder, clock);
  await removeState(files);
  await removeDisks(files);
  await rm(files.qmpSocket, { force: true });
  return way;
}

const shownConsoleLines = 20;

/**
 * Takes a lab down in order and its disks away; does nothing where it is not up.
 * @returns how it ended, undefined where nothing ran.
 */
export async function downLab(
  name: string = defaultLabName,
  options: Pick<UpOptions, 'signal' | 'progress' | 'clock'> = {},
): Promise<StopWay | undefined> {
  const { progress = () => undefined, clock = systemClock } = options;
  const files = instanceFiles(name);
  const onWait = (): void => progress(`waiting for another command on the lab ${name}`);
  const signal = options.signal ?? new AbortController().signal;
  return await withFileLock(files.lock, signal, onWait, () => tearDown(files, true, clock));
}

/** What an instance is at this moment, by what really runs. */
export async function labStatus(name: string = defaultLabName): Promise<LabStatus> {
  const files = instanceFiles(name);
  const found = await instanceCondition(files);
  if (found.condition === 'stopped') return { name, condition: 'stopped' };
  const pid = 'process' in found ? found.process.pid : null;
  const { commandLine, bios, memoryMib, kernel, imageHash: image, startedAt, sshPort } = found.state;
  return {
    ...{ name, condition: found.condition, pid, accelerator: found.state.accelerator },
    ...{ commandLine, bios, memoryMib, kernel, imageHash: image, startedAt, sshPort, console: files.console },
  };
}
