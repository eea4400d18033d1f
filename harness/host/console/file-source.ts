import { constants } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import type { Clock } from '../../clock.ts';
import type { ConsoleSource, ConsoleStream } from './source.ts';

const pollMs = 200;
const readBytes = 64 * 1024;
/** Without the second flag the open of a pipe would wait for its other end, and could not be called off (fifo(7)). */
const readNow = constants.O_RDONLY | constants.O_NONBLOCK;

/**
 * A console that something else writes into a file, as QEMU does with `-serial file:PATH`. The file is followed through truncation
 * and replacement, which is what a restart of QEMU does to it.
 *
 * @param startAt where to begin with the file that is there at first; whatever replaces it is read from its start.
 */
export function fileConsole(path: string, clock: Clock, startAt: 'start' | 'end'): ConsoleSource {
  let isFirst = true;
  return {
    description: `file ${path}`,
    open: async (signal): Promise<ConsoleStream> => {
      signal.throwIfAborted();
      const file = await open(path, readNow);
      const position = isFirst && startAt === 'end' ? (await file.stat()).size : 0;
      isFirst = false;
      const follower = new FileFollower(path, file, position, clock);
      return { chunks: follower.chunks(signal), [Symbol.asyncDispose]: () => follower[Symbol.asyncDispose]() };
    },
  };
}

class FileFollower implements AsyncDisposable {
  readonly #path: string;
  readonly #clock: Clock;
  #file: FileHandle;
  #position: number;

  constructor(path: string, file: FileHandle, position: number, clock: Clock) {
    this.#path = path;
    this.#file = file;
    this.#position = position;
    this.#clock = clock;
  }

  async *chunks(signal: AbortSignal): AsyncGenerator<Buffer> {
    for (;;) {
      signal.throwIfAborted();
      const { bytesRead, buffer } = await this.#file.read(Buffer.alloc(readBytes), 0, readBytes, this.#position);
      if (bytesRead > 0) {
        this.#position += bytesRead;
        yield buffer.subarray(0, bytesRead);
        continue;
      }
      if (!(await this.#begunAnew())) await this.#clock.sleep(pollMs, signal);
    }
  }

  /** True where the file was cut, or another one has taken its name. */
  async #begunAnew(): Promise<boolean> {
    const [ours, named] = await Promise.all([this.#file.stat(), stat(this.#path).catch(() => undefined)]);
    if (ours.size < this.#position) {
      this.#position = 0;
      return true;
    }
    if (named === undefined || (named.ino === ours.ino && named.dev === ours.dev)) return false;
    const next = await open(this.#path, readNow).catch(() => undefined);
    if (next === undefined) return false;
    await this.#file.close();
    this.#file = next;
    this.#position = 0;
    return true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
  }
}
