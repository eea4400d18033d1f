import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ConsoleWriteError } from './errors.ts';

export interface ConsoleLogOptions {
  /** Size at which a file is full; the next one begins then. */
  readonly maxFileBytes: number;
  /** Full files that are kept beside the current one; the oldest goes first. */
  readonly keptFiles: number;
}

const newline = 0x0a;

/**
 * The record of a console on disk: `console.log`, and `console.1.log` (the youngest), `console.2.log`, ... once it was full.
 * Lines are only ever appended, by an earlier session of the same run as well.
 */
export class ConsoleLog implements AsyncDisposable {
  /** Why nothing is written any more; undefined while all is well. */
  failure: ConsoleWriteError | undefined;
  readonly #directory: string;
  readonly #options: ConsoleLogOptions;
  #file: FileHandle;
  #bytes: number;

  private constructor(directory: string, options: ConsoleLogOptions, file: FileHandle, bytes: number) {
    this.#directory = directory;
    this.#options = options;
    this.#file = file;
    this.#bytes = bytes;
  }

  /** @throws ConsoleWriteError */
  static async open(directory: string, options: ConsoleLogOptions): Promise<ConsoleLog> {
    const path = join(directory, 'console.log');
    try {
      const file = await open(path, 'a+', 0o644);
      const { size } = await file.stat();
      const log = new ConsoleLog(directory, options, file, size);
      // A controller that was killed may have left half a line.
      if (size > 0 && (await file.read(Buffer.alloc(1), 0, 1, size - 1)).buffer[0] !== newline) await log.append('\n');
      return log;
    } catch (error) {
      throw new ConsoleWriteError(path, error);
    }
  }

  /** Appends whole lines. Never throws: the first failure is kept and ends the writing. Calls must not overlap. */
  async append(lines: string): Promise<void> {
    if (this.failure !== undefined || lines === '') return;
    const bytes = Buffer.from(lines);
    try {
      if (this.#bytes > 0 && this.#bytes + bytes.length > this.#options.maxFileBytes) await this.#turnOver();
      await this.#file.appendFile(bytes);
      this.#bytes += bytes.length;
    } catch (error) {
      this.failure = new ConsoleWriteError(this.#path(0), error);
    }
  }

  async #turnOver(): Promise<void> {
    const { keptFiles } = this.#options;
    await this.#file.close();
    await rm(this.#path(keptFiles), { force: true });
    for (let number = keptFiles - 1; number >= 0; number -= 1) {
      await rename(this.#path(number), this.#path(number + 1)).catch((error: unknown) => {
        if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
      });
    }
    this.#file = await open(this.#path(0), 'a+', 0o644);
    this.#bytes = 0;
  }

  #path(number: number): string {
    return join(this.#directory, number === 0 ? 'console.log' : `console.${number}.log`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close().catch(() => undefined);
  }
}
