import { ComebackError } from '../../errors.ts';
import type { ConsoleSignKind } from '../../pci/console-lines.ts';
import { DeadlineError, type Wait } from '../../wait.ts';
import type { ConsoleRecorder, RecognisedLine } from './recorder.ts';

/** The parts of a recorded console that whoever waits for a host needs. */
export type HostConsole = Pick<ConsoleRecorder, 'excerpt' | 'mark' | 'waitForSign'>;

/** Nobody need wait for the host any longer: its console says that it will not come by itself. */
export class HostStuckError extends ComebackError {
  override readonly code = 'HOST_STUCK';
  override readonly kind = 'infra';

  constructor(line: string) {
    super(`The lab host is stuck, its console says: ${line}`);
  }
}

/** After these a host does nothing more, unless it was told to reboot by itself (kernel.panic, Documentation/admin-guide/sysctl/kernel.rst). */
const stuckSigns: readonly ConsoleSignKind[] = ['panic', 'boot-loader-error', 'initramfs-shell', 'emergency-mode'];
const lifeSigns: readonly ConsoleSignKind[] = ['restarting', 'boot-menu', 'kernel-started', 'login-prompt'];
/** How long a host may take to reboot by itself after it said that it is dead. */
const selfRebootMs = 30_000;
const aDayMs = 86_400_000;

/**
 * Waits for something of the host, but not beyond the moment at which its console shows that it is stuck.
 *
 * @param mark of the console: older lines say nothing about this wait.
 * @throws HostStuckError; else whatever the attempt throws.
 */
export async function unlessStuck<T>(
  console: HostConsole | undefined,
  mark: number,
  wait: Wait,
  attempt: (wait: Wait) => Promise<T>,
): Promise<T> {
  if (console === undefined) return await attempt(wait);
  const stuck = new AbortController();
  const over = new AbortController();
  const watching = stuckLine(console, mark, over.signal).then(
    ({ text }) => stuck.abort(new HostStuckError(text)),
    () => undefined,
  );
  const signals = wait.signal === undefined ? [stuck.signal] : [stuck.signal, wait.signal];
  try {
    return await attempt({ ...wait, signal: AbortSignal.any(signals) });
  } finally {
    over.abort(new Error('nobody waits any more'));
    await watching;
  }
}

async function stuckLine(console: HostConsole, from: number, signal: AbortSignal): Promise<RecognisedLine> {
  for (let mark = from; ;) {
    const line = await console.waitForSign(stuckSigns, mark, { timeoutMs: aDayMs, signal });
    try {
      mark = (await console.waitForSign(lifeSigns, line.n, { timeoutMs: selfRebootMs, signal })).n;
    } catch (error) {
      if (error instanceof DeadlineError) return line;
      throw error;
    }
  }
}
