import { spawn } from 'node:child_process';
import { plainLine } from '../report/plain-line.ts';
import { deadlineSignal, orAborted, type Wait } from '../wait.ts';
import { NotifyError } from './errors.ts';

export interface Program {
  readonly argv: readonly [program: string, ...args: string[]];
  /** Variables besides those that comeback itself has: all of them secrets. */
  readonly environment: Readonly<Record<string, string>>;
  /** What it reads; it need not. */
  readonly stdin: string | Buffer;
}

const keptBytes = 4096;

/**
 * Runs a program on the controller until it ends with 0. (Not by zx: a program that does not read its stdin would end comeback with EPIPE.)
 *
 * @throws NotifyError where it ends otherwise; DeadlineError or the reason of the signal, once it and whatever it has started were killed.
 */
export async function runProgram({ argv: [program, ...args], environment, stdin }: Program, wait: Wait): Promise<void> {
  using deadline = deadlineSignal(wait, 'a notification to be taken');
  deadline.signal.throwIfAborted();
  // A group of its own: what a hung program has started ends with it, and Ctrl-C on the terminal reaches comeback alone.
  const child = spawn(program, args, {
    detached: true,
    stdio: ['pipe', 'ignore', 'pipe'],
    env: { ...process.env, ...environment },
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    if (said.length < keptBytes) said += text;
  });
  child.stdin.on('error', () => undefined);
  child.stdin.end(stdin);
  const ended = new Promise<string | undefined>((resolve) => {
    child.once('error', (error) =>
      resolve(`could not be started (${'code' in error ? String(error.code) : 'no reason given'})`),
    );
    // Not "close": what it leaves behind may keep its stderr open for ever.
    child.once('exit', (code, signal) => {
      setImmediate(() =>
        resolve(code === 0 ? undefined : signal === null ? `ended with ${code ?? '?'}` : `was killed by ${signal}`),
      );
    });
  });
  try {
    const failure = await orAborted(ended, deadline.signal);
    if (failure === undefined) return;
    const words = plainLine(withoutSecrets(said, Object.values(environment)), 200);
    throw new NotifyError(`it ${failure}${words === '' ? '' : `: ${words}`}`);
  } finally {
    killGroup(child.pid);
    child.stderr.destroy();
  }
}

function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets
    .flatMap((secret) => secret.split(/\r?\n/))
    .filter((secret) => secret.trim() !== '')
    .sort((a, b) => b.length - a.length)
    .reduce((so, secret) => so.replaceAll(secret, '***'), text);
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It is over, and left nothing behind.
  }
}
