import type { Clock } from '../../clock.ts';
import { ComebackError } from '../../errors.ts';
import type { SshSession } from '../../ssh/session.ts';
import { DeadlineError, type Wait, within } from '../../wait.ts';
import { HostStuckError } from '../console/stuck.ts';
import type { LabHost } from '../lab-host.ts';
import { BootCommandError } from './errors.ts';
import { readHostFile } from './host-files.ts';

/** The host would start the next kernel by kexec, past its firmware. */
export class KexecRefusedError extends ComebackError {
  override readonly code = 'BOOT_KEXEC_REFUSED';
  override readonly kind = 'safety';

  constructor(found: string) {
    super(
      `The lab host would reboot by kexec (${found}). kexec starts a kernel without the firmware: BIOS, bridges and devices keep ` +
        'the state that they are in, so a function that comes back, or stays away, proves nothing. Nothing was rebooted. ' +
        'Run `kexec --unload`, and set LOAD_KEXEC=false in /etc/default/kexec.',
    );
  }
}

/** The host took the order and went on running. */
export class DidNotGoDownError extends ComebackError {
  override readonly code = 'BOOT_DID_NOT_GO_DOWN';
  override readonly kind = 'infra';

  constructor(waitedMs: number, cause?: unknown) {
    super(
      `The lab host was told to reboot and still runs its old boot after ${Math.round(waitedMs / 1000)} s. ` +
        'Something holds up its shutdown: see `systemctl list-jobs` and its console.',
      { cause },
    );
  }
}

/** The host went down and no new boot of it was reached. */
export class DidNotComeBackError extends ComebackError {
  override readonly code = 'BOOT_DID_NOT_COME_BACK';
  override readonly kind = 'infra';

  constructor(waitedMs: number, cause: unknown) {
    const why = cause instanceof Error ? ` Last: ${cause.message}` : '';
    super(`The lab host was not back ${Math.round(waitedMs / 1000)} s after its reboot.${why}`, { cause });
  }
}

/** @throws KexecRefusedError where the next reboot would not pass through the firmware. */
export async function refuseKexec(session: SshSession, wait: Wait): Promise<void> {
  // kernel/ksysfs.c: 1 while an image is loaded that reboot() can jump into.
  const loaded = await readHostFile(session, '/sys/kernel/kexec_loaded', wait);
  if (loaded?.trim() === '1') throw new KexecRefusedError('/sys/kernel/kexec_loaded is 1');
  // Debian's kexec-tools loads an image at shutdown and jumps into it when this says so.
  const settings = (await readHostFile(session, '/etc/default/kexec', wait)) ?? '';
  const last = settings.match(/^\s*LOAD_KEXEC=.*$/gm)?.at(-1) ?? '';
  if (/=["']?true/i.test(last)) throw new KexecRefusedError(`${last.trim()} in /etc/default/kexec`);
}

export interface RebootOptions {
  /** Connects to the host as it comes up; tries until its own deadline. */
  readonly reconnect: (wait: Wait) => Promise<LabHost>;
  readonly clock: Clock;
  /** For everything: shutdown, firmware, boot. */
  readonly wait: Wait;
  /** For single commands before the host goes. */
  readonly commandMs: number;
}

/** Pause after a host that answered and failed at once: it is on its way down or not yet up. */
const pauseMs = 500;

/**
 * Reboots the host through its firmware and waits for its next boot. The host given is over after the order was sent.
 *
 * @throws KexecRefusedError or BootCommandError while nothing has happened yet; DidNotGoDownError, DidNotComeBackError; errors of
 * kind `safety` of the reconnection, such as a wrong host key; the reason of the signal.
 */
export async function rebootHost(host: LabHost, options: RebootOptions): Promise<LabHost> {
  const { clock, wait, commandMs } = options;
  const bootIdBefore = host.observer.hello.bootId;
  const startedMs = clock.nowMs();
  await refuseKexec(host.session, { ...wait, timeoutMs: commandMs });
  wait.signal?.throwIfAborted();
  await order(host.session, { ...wait, timeoutMs: commandMs });
  const leftMs = (): number => Math.max(1, startedMs + wait.timeoutMs - clock.nowMs());
  try {
    await within(host.session.closed, { ...wait, timeoutMs: leftMs() }, 'the host to go down');
  } catch (error) {
    if (error instanceof DeadlineError) throw new DidNotGoDownError(wait.timeoutMs, error);
    throw error;
  }
  await host[Symbol.asyncDispose]();
  return await nextBoot(bootIdBefore, options, leftMs);
}

async function order(session: SshSession, wait: Wait): Promise<void> {
  // --no-block: the job is queued and systemctl ends; the connection may be gone before it can say so.
  const argv = ['systemctl', '--no-block', 'reboot'];
  try {
    const result = await session.exec(argv, { wait });
    if (result.exitCode !== null && result.exitCode !== 0) {
      throw new BootCommandError('systemctl reboot', argv, result.exitCode, result.stderr);
    }
  } catch (error) {
    wait.signal?.throwIfAborted();
    if (error instanceof BootCommandError || !isPassing(error)) throw error;
  }
}

async function nextBoot(
  bootIdBefore: string,
  { reconnect, clock, wait }: RebootOptions,
  leftMs: () => number,
): Promise<LabHost> {
  let last: unknown;
  let seenOldBoot = false;
  while (leftMs() > 1) {
    try {
      const host = await reconnect({ ...wait, timeoutMs: leftMs() });
      if (host.observer.hello.bootId !== bootIdBefore) return host;
      seenOldBoot = true;
      // The old boot again: only the connection went. Its end is the next thing worth waiting for.
      await within(host.session.closed, { ...wait, timeoutMs: leftMs() }, 'the host to go down').finally(() =>
        host[Symbol.asyncDispose](),
      );
      seenOldBoot = false;
    } catch (error) {
      wait.signal?.throwIfAborted();
      if (!isPassing(error)) throw error;
      if (error instanceof HostStuckError) throw new DidNotComeBackError(wait.timeoutMs - leftMs(), error);
      last = error;
      await clock.sleep(Math.min(pauseMs, leftMs()), wait.signal);
    }
  }
  throw seenOldBoot ? new DidNotGoDownError(wait.timeoutMs, last) : new DidNotComeBackError(wait.timeoutMs, last);
}

/** Loss of the host may pass; a wrong host key, a refusal or a defect of ours does not. */
function isPassing(error: unknown): error is ComebackError {
  return error instanceof ComebackError && error.kind === 'infra' && error.code !== 'SSH_AUTHENTICATION_FAILED';
}
