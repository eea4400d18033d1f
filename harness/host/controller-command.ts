import { $, type ProcessOutput } from 'zx';
import { deadlineSignal, orAborted, type Wait } from '../wait.ts';

export interface ControllerCommand {
  /** Program and arguments; no shell reads them. */
  readonly argv: readonly string[];
  /** Variables besides those that comeback itself has. */
  readonly environment: Readonly<Record<string, string>>;
  /** For messages, without secrets. */
  readonly description: string;
  /** File that takes stdout and stderr; absent: they are collected, and the command loses its listener when comeback dies. */
  readonly outputFd?: number | undefined;
}

/**
 * Runs a program on the controller, without stdin, until it ends, however it ends.
 *
 * @throws DeadlineError or the reason of the signal, once the program and whatever it has started were killed.
 */
export async function runOnController(command: ControllerCommand, wait: Wait): Promise<ProcessOutput> {
  const { argv, environment, description, outputFd = 'pipe' } = command;
  using deadline = deadlineSignal(wait, `${description} to end`);
  deadline.signal.throwIfAborted();
  // zx quotes each word for the local shell by itself, so a word of the inventory stays one word. A group of its own:
  // what a hung command has started ends with it, and Ctrl-C on the terminal reaches comeback alone.
  const running = $({
    quiet: true,
    nothrow: true,
    detached: true,
    stdio: ['ignore', outputFd, outputFd],
    env: { ...process.env, ...environment },
  })`exec ${[...argv]}`;
  try {
    return await orAborted(running, deadline.signal);
  } catch (error) {
    killGroup(running.pid);
    throw error;
  }
}

/** How a program that did not succeed ended, as in "it ended with 1". */
export function howItEnded({ exitCode, signal }: Pick<ProcessOutput, 'exitCode' | 'signal'>): string {
  return exitCode === null ? `was killed by ${String(signal)}` : `ended with ${exitCode}`;
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It ended a moment ago.
  }
}
