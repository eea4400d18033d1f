import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { orAborted } from '../wait.ts';
import { labPath } from './packages.ts';

/** Its arguments: the file. It says when it must wait and when it has the lock, then stays until its input ends. */
const holderScript = 'exec 9>"$1"; flock --nonblock 9 || { echo waiting; flock 9; }; echo locked; exec cat';

/**
 * Does something while holding an exclusive flock(2) on a file.
 *
 * Node has no flock, so a shell with flock(1) holds it: the kernel frees the lock when that process ends, and it ends
 * when its standard input does, which is when this process is gone, however it went. It has a process group of its
 * own, so that Ctrl-C in the terminal reaches us and does not take the lock away while we tidy up.
 *
 * @param onWait is called once when somebody else holds the lock.
 * @throws the signal's reason once it aborts.
 */
export async function withFileLock<T>(
  path: string,
  signal: AbortSignal,
  onWait: () => void,
  action: () => Promise<T>,
): Promise<T> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const holder = spawn('sh', ['-c', holderScript, 'sh', path], {
    detached: true,
    env: { PATH: labPath(process.env['PATH']) },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(holder, 'close');
  try {
    await orAborted(untilLocked(holder.stdout, onWait), signal);
  } catch (error) {
    if (holder.pid !== undefined && holder.exitCode === null) process.kill(-holder.pid);
    await ended;
    throw error;
  }
  try {
    return await action();
  } finally {
    holder.stdin.end();
    await ended;
  }
}

async function untilLocked(stdout: NodeJS.ReadableStream, onWait: () => void): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    let text = '';
    let waits = false;
    stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
      if (!waits && text.includes('waiting\n')) {
        waits = true;
        onWait();
      }
      if (text.includes('locked\n')) resolve();
    });
    stdout.on('end', () => reject(new Error('flock ended before it had the lock')));
  });
}
