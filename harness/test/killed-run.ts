import { watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import { startComeback } from './comeback-process.ts';

/**
 * Runs comeback until a moment comes and kills it there, by the signal that nobody can heed.
 *
 * @param moment watches for it, and calls back when it is there.
 */
export async function killedAt(
  args: readonly string[],
  moment: (now: () => void) => Disposable,
  options: Parameters<typeof startComeback>[1] = {},
): Promise<void> {
  const running = startComeback(args, options);
  const moments: number[] = [];
  using _watch = moment(() => {
    moments.push(Date.now());
    running.kill('SIGKILL');
  });
  const { stderr, exitCode } = await running.ended;
  if (moments.length === 0 || exitCode !== null)
    throw new Error(`the moment never came, it ended with ${String(exitCode)}:\n${stderr}`);
}

/** Calls back once a file of this name is there. */
export function whenFile(path: string, callback: () => void): Disposable {
  const watcher = watch(dirname(path), (_event, name) => {
    if (name === basename(path)) callback();
  });
  return { [Symbol.dispose]: () => watcher.close() };
}
