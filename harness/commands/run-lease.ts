import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { ComebackError } from '../errors.ts';

/** The run is at work in another process on this controller. */
export class RunUnderWayError extends ComebackError {
  override readonly code = 'RUN_UNDER_WAY';
  override readonly kind = 'safety';

  constructor(run: string) {
    super(`The run ${run} is under way in another process on this controller: wait for its end, or end it.`);
  }
}

/**
 * Lets others on this controller see that a run is alive: what it left half done is no leftover then. A socket that somebody
 * listens on tells it, for the kernel stops listening with the process, in whatever way that ends, and no process id is used again.
 *
 * @param directory of the run.
 * @throws RunUnderWayError where another process has it.
 */
export async function holdRun(directory: string): Promise<AsyncDisposable> {
  if (await isUnderWay(directory)) throw new RunUnderWayError(basename(directory));
  const path = socketOf(directory);
  // The socket of a process that was killed is only litter.
  await rm(path, { force: true });
  const server = createServer((socket) => socket.destroy());
  server.listen(path);
  await once(server, 'listening');
  return {
    [Symbol.asyncDispose]: async () => {
      server.close();
      await once(server, 'close');
    },
  };
}

/** Whether a process on this controller is at work on the run. It only looks: whoever watches a run asks again and again. */
export async function isUnderWay(directory: string): Promise<boolean> {
  const socket = connect(socketOf(directory));
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** Not in the directory itself: the path of a socket has room for some hundred bytes (unix(7), sun_path). */
function socketOf(directory: string): string {
  const name = createHash('sha256').update(resolve(directory)).digest('hex').slice(0, 16);
  return join(tmpdir(), `comeback-${userInfo().uid}-${name}.sock`);
}
