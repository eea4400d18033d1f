import { $ } from 'zx';
import type { Clock } from '../../clock.ts';
import { deadlineSignal, type Wait } from '../../wait.ts';
import { BootFailedError } from '../errors.ts';
import { labPath } from '../packages.ts';
import { consoleLines, follow, readyMarker } from './console.ts';
import type { InstanceFiles } from './instance-files.ts';
import { sshArguments } from './keys.ts';

/**
 * Resolves once an instance has booted and a command over SSH works.
 *
 * @param fromByte where on the console this boot begins
 * @throws DeadlineError, BootFailedError
 */
export async function untilReady(
  files: InstanceFiles,
  port: number,
  fromByte: number,
  wait: Wait,
  onLine: (line: string) => void,
  clock: Clock,
): Promise<void> {
  using deadline = deadlineSignal(wait, 'a working SSH');
  await bootFinished(files, fromByte, clock, onLine, deadline.signal);
  await sshWorks(files, port, clock, deadline.signal);
}

/** What the kernel or the initramfs says when no waiting will help. */
const hopeless = /Kernel panic - not syncing|lab: stopped in the initramfs/;

/** Resolves at the last word of a boot on the console. Each new line is handed on, so that a person sees it move. */
async function bootFinished(
  files: InstanceFiles,
  fromByte: number,
  clock: Clock,
  onLine: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  let pending = '';
  for await (const text of follow(files.console, clock, signal, true, fromByte)) {
    const lines = `${pending}${text}`.split('\n');
    pending = lines.pop() ?? '';
    for (const line of lines.flatMap(consoleLines)) {
      onLine(line);
      if (line.includes(readyMarker)) return;
      if (hopeless.test(line)) throw new BootFailedError(line);
    }
  }
}

/** How long one attempt may take until sshd has said its version, under software emulation on a loaded machine. */
const connectTimeoutS = 10;
const betweenAttemptsMs = 200;

/** Resolves once a command over SSH, with the pinned host key, came back with success. */
async function sshWorks(files: InstanceFiles, port: number, clock: Clock, signal: AbortSignal): Promise<void> {
  const shell = $({ nothrow: true, quiet: true, signal, env: { ...process.env, PATH: labPath(process.env['PATH']) } });
  for (;;) {
    const options = ['-o', 'BatchMode=yes', '-o', `ConnectTimeout=${connectTimeoutS}`];
    const { exitCode } = await shell`ssh ${options} ${sshArguments(files, port)} true`;
    if (exitCode === 0) return;
    await clock.sleep(betweenAttemptsMs, signal);
  }
}
