import { fdatasyncSync, writeSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { ComebackError } from '../errors.ts';
import type { Clock } from '../clock.ts';
import type { JournalEvent, JournalEventBody } from './events.ts';
import { LineCodec } from './line-codec.ts';
import { readJournal } from './reader.ts';

/** The journal could not be written: without it nothing that happens can be proved, so the run must stop. */
export class JournalWriteError extends ComebackError {
  override readonly code = 'JOURNAL_WRITE_FAILED';
  override readonly kind = 'infra';

  constructor(path: string, cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause);
    super(`Cannot write the journal ${path}: ${why}. Free space or choose another --reports directory.`, { cause });
  }
}

/** Where the engine writes what it did and saw. */
export interface Journal {
  /**
   * Appends one event. With `sync` it is on the disk before the promise resolves: for every intent that may kill the host, and at edges.
   * After a failure every further append fails as well: a journal has no gaps.
   *
   * @throws JournalWriteError
   */
  append(body: JournalEventBody, options?: { readonly sync?: boolean }): Promise<JournalEvent>;
}

/** Appends to one file, a JSON object a line, in the order of the calls. */
export class JournalWriter implements Journal, AsyncDisposable {
  readonly path: string;
  readonly #file: FileHandle;
  readonly #clock: Clock;
  readonly #onEvent: (event: JournalEvent) => void;
  readonly #codec: LineCodec;
  #n: number;
  #tail: Promise<unknown> = Promise.resolve();
  #failure: JournalWriteError | undefined;

  private constructor(
    path: string,
    file: FileHandle,
    clock: Clock,
    onEvent: (event: JournalEvent) => void,
    state: { readonly codec: LineCodec; readonly n: number },
  ) {
    this.#codec = state.codec;
    this.#n = state.n;
    this.path = path;
    this.#file = file;
    this.#clock = clock;
    this.#onEvent = onEvent;
  }

  /**
   * Creates the file; an existing one is another run's and is never touched.
   *
   * @param onEvent is told of every event once it is written: whoever shows progress reads what a later reader will read.
   */
  static async create(
    path: string,
    clock: Clock,
    onEvent: (event: JournalEvent) => void = () => undefined,
  ): Promise<JournalWriter> {
    try {
      return new JournalWriter(path, await open(path, 'ax', 0o644), clock, onEvent, {
        codec: new LineCodec(),
        n: 0,
      });
    } catch (error) {
      throw new JournalWriteError(path, error);
    }
  }

  /**
   * Goes on with the journal of a run that is not over. A last line that was torn when its controller died is cut off: its event was never
   * acknowledged.
   *
   * @param onOldEvent is told of every event that is there already.
   * @throws JournalReadError, JournalWriteError
   */
  static async resume(
    path: string,
    clock: Clock,
    onEvent: (event: JournalEvent) => void,
    onOldEvent: (event: JournalEvent) => void,
  ): Promise<JournalWriter> {
    let tornBytes = 0;
    const old = readJournal(path, ({ bytes }) => (tornBytes = bytes));
    const codec = new LineCodec();
    let n = 0;
    for await (const event of old) {
      n = event.n;
      // The next lines are written as differences from these.
      codec.encode(event);
      onOldEvent(event);
    }
    try {
      const file = await open(path, 'a');
      if (tornBytes > 0) await file.truncate((await file.stat()).size - tornBytes);
      return new JournalWriter(path, file, clock, onEvent, { codec, n });
    } catch (error) {
      throw new JournalWriteError(path, error);
    }
  }

  append(body: JournalEventBody, options: { readonly sync?: boolean } = {}): Promise<JournalEvent> {
    const stamp = { n: ++this.#n, at: this.#clock.nowMs() };
    // Twice: first for a reader's eye, last because an event of another journal brings a stamp of its own.
    const event: JournalEvent = { ...stamp, ...body, ...stamp };
    const line = `${JSON.stringify(this.#codec.encode(event))}\n`;
    const written = this.#tail.then(() => {
      // Half a line may be in the file, and edges are differences: whatever came after a gap would be read wrong.
      if (this.#failure !== undefined) throw this.#failure;
      try {
        writeWhole(this.#file.fd, line);
        if (options.sync === true) fdatasyncSync(this.#file.fd);
      } catch (error) {
        this.#failure = new JournalWriteError(this.path, error);
        throw this.#failure;
      }
      this.#onEvent(event);
      return event;
    });
    this.#tail = written.catch(() => undefined);
    return written;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tail;
    await this.#file.close();
  }
}

/**
 * Written and synced in this very thread: whoever appends waits for it anyway before anything else is done, and to wake a thread that
 * would do it takes longer than the write, and as long as a sync on a fast disk.
 */
function writeWhole(descriptor: number, line: string): void {
  const bytes = Buffer.from(line);
  for (let done = 0; done < bytes.length;) done += writeSync(descriptor, bytes, done);
}
