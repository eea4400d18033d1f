import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { PassThrough, pipeline, type Readable, type Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { ConsoleSourceError } from './errors.ts';
import type { ConsoleSource, ConsoleStream } from './source.ts';

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

const keptErrorChars = 2000;
/** `ipmitool sol` needs a moment to close its session in the service processor, which otherwise refuses the next one. */
const graceMs = 2000;

/**
 * A console that a program prints: `ipmitool ... sol activate`, `ssh bmc console`, `conserver`'s `console`. No shell reads the words.
 * Its stdin stays open and silent. A program that insists on a terminal gets one from script(1): `script -qfec "..." /dev/null`.
 */
export function commandConsole(argv: readonly string[]): ConsoleSource {
  const [program = '', ...words] = argv;
  const description = `command ${program}`;
  return {
    description,
    open: async (signal): Promise<ConsoleStream> => {
      signal.throwIfAborted();
      // A group of its own, so that whatever the program starts ends with it.
      const child = spawn(program, words, { stdio: ['pipe', 'pipe', 'pipe'], detached: true });
      child.stdin.on('error', () => undefined);
      // Node throws away what a program said that ended before anybody listened.
      const said = pipeline(child.stdout, new PassThrough(), () => undefined);
      let errors = '';
      child.stderr.on('data', (chunk: Buffer) => (errors = `${errors}${chunk.toString()}`.slice(-keptErrorChars)));
      const closed = new Promise<string | undefined>((resolve) => {
        child.once('error', (error) => resolve(error.message));
        child.once('close', (code, by) => {
          const how = by === null ? (code === 0 ? undefined : `ended with ${String(code)}`) : `was killed by ${by}`;
          resolve(how === undefined || errors.trim() === '' ? how : `${how}: ${errors.trim()}`);
        });
      });
      await Promise.race([once(child, 'spawn'), closed.then((reason) => failed(description, reason))]);
      const stop = (): void => void end(child, closed);
      signal.addEventListener('abort', stop, { once: true });
      return {
        chunks: output(said, closed, description),
        [Symbol.asyncDispose]: async () => {
          signal.removeEventListener('abort', stop);
          await end(child, closed);
        },
      };
    },
  };
}

async function* output(
  said: Readable,
  closed: Promise<string | undefined>,
  description: string,
): AsyncGenerator<Buffer> {
  for await (const chunk of said) if (chunk instanceof Buffer) yield chunk;
  const reason = await closed;
  if (reason !== undefined) failed(description, reason);
}

function failed(description: string, reason: string | undefined): never {
  throw new ConsoleSourceError(description, `it ${reason ?? 'ended at once'}`);
}

async function end(child: Child, closed: Promise<unknown>): Promise<void> {
  const over = new AbortController();
  kill(child, 'SIGTERM');
  const patience = delay(graceMs, undefined, { signal: over.signal }).catch(() => undefined);
  await Promise.race([closed, patience]);
  over.abort();
  kill(child, 'SIGKILL');
  child.stdout.destroy();
  child.stderr.destroy();
  child.stdin.destroy();
  // SIGKILL does not reach a program that waits in the kernel, as for a service processor behind a dead driver.
  const parting = new AbortController();
  const enough = delay(graceMs, undefined, { signal: parting.signal }).catch(() => undefined);
  await Promise.race([closed, enough]);
  parting.abort();
}

function kill(child: Child, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // The whole group has ended.
  }
}
