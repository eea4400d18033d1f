import { closeSync, fdatasync, fdatasyncSync, fsyncSync, openSync, renameSync, writeSync } from 'node:fs';
import { stat, truncate } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import type { Clock } from '../clock.ts';
import { ComebackError } from '../errors.ts';
import { compressSegment, compressLeftovers } from './compress-segment.ts';
import { type JournalEvent, type JournalEventBody, type JournalEventOf, journalVersion } from './events.ts';
import { LineCodec } from './line-codec.ts';
import { readJournalTail, type TornLine } from './reader.ts';
import { closedSegmentPath, segmentsOf } from './segments.ts';

const datasync = promisify(fdatasync);

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

/** What is needed to go on from a moment without the journal before it. */
export interface Checkpoint extends Pick<JournalEventOf<'checkpoint'>, 'cycle' | 'counts'> {
  readonly facts: readonly JournalEvent[];
}

export interface WriterOptions {
  /** Told of every event once it is written: whoever shows progress reads what a later reader will read. */
  readonly onEvent?: (event: JournalEvent) => void;
  /** Asked whenever the segment is full, after `onEvent`; undefined where no segment may end at this moment. Without it the journal is one file. */
  readonly checkpoint?: () => Checkpoint | undefined;
  /** When a segment is full. */
  readonly segmentBytes?: number;
}

/** A segment of this size is read in a fifth of a second, and holds some ten thousand cycles. */
const defaultSegmentBytes = 8 * 1024 * 1024;

interface WriterState {
  readonly fd: number;
  readonly n: number;
  readonly segment: number;
  readonly bytes: number;
  readonly codec: LineCodec;
}

/**
 * Appends to a journal, a JSON object a line, in the order of the calls. Lines go to the kernel at once, for that takes microseconds; what must
 * be on the disk is waited for.
 */
export class JournalWriter implements Journal, AsyncDisposable {
  /** Of the open segment. */
  readonly path: string;
  /** What a controller that died left of its last line; it was cut off. */
  readonly torn: TornLine | undefined;
  readonly #clock: Clock;
  readonly #onEvent: (event: JournalEvent) => void;
  readonly #checkpoint: () => Checkpoint | undefined;
  readonly #segmentBytes: number;
  #fd: number;
  #n: number;
  #segment: number;
  #bytes: number;
  #codec: LineCodec;
  #failure: JournalWriteError | undefined;
  #acting: Promise<void> = Promise.resolve();
  #compressing: Promise<void> = Promise.resolve();

  private constructor(path: string, clock: Clock, options: WriterOptions, state: WriterState, torn?: TornLine) {
    this.path = path;
    this.torn = torn;
    this.#clock = clock;
    this.#onEvent = options.onEvent ?? (() => undefined);
    this.#checkpoint = options.checkpoint ?? (() => undefined);
    this.#segmentBytes = options.segmentBytes ?? defaultSegmentBytes;
    this.#fd = state.fd;
    this.#n = state.n;
    this.#segment = state.segment;
    this.#bytes = state.bytes;
    this.#codec = state.codec;
  }

  /** Creates the journal; an existing one is another run's and is never touched. @throws JournalWriteError */
  static async create(path: string, clock: Clock, options: WriterOptions = {}): Promise<JournalWriter> {
    try {
      if ((await segmentsOf(path)).length > 0) throw new Error('it exists already');
      const codec = new LineCodec();
      return new JournalWriter(path, clock, options, {
        fd: openSync(path, 'ax', 0o644),
        n: 0,
        segment: 1,
        bytes: 0,
        codec,
      });
    } catch (error) {
      throw new JournalWriteError(path, error);
    }
  }

  /**
   * Goes on with the journal of a run that is not over. A last line that was torn when its controller died is cut off: its event was never
   * acknowledged.
   *
   * @param onOldEvent is told of every event of the last segment, whose first one is a checkpoint of those before it.
   * @throws JournalReadError, JournalWriteError
   */
  static async resume(
    path: string,
    clock: Clock,
    options: WriterOptions,
    onOldEvent: (event: JournalEvent) => void,
  ): Promise<JournalWriter> {
    let torn: TornLine | undefined;
    let n = 0;
    let codec = new LineCodec();
    for await (const event of readJournalTail(path, (line) => (torn = line))) {
      n = event.n;
      // The facts of a checkpoint are no lines of the segment: what is written next must not lean on them.
      if (event.t === 'checkpoint') codec = new LineCodec();
      // The next lines are written as differences from these.
      codec.encode(event);
      onOldEvent(event);
    }
    try {
      const all = await segmentsOf(path);
      const last = all.at(-1);
      const segment = last === undefined || last.isOpen ? (last?.number ?? 1) : last.number + 1;
      const size = last?.isOpen === true ? (await stat(path)).size : 0;
      const bytes = size - (torn?.bytes ?? 0);
      if (bytes < size) await truncate(path, bytes);
      // What its lines lean on would be in the segment before.
      if (bytes === 0) codec = new LineCodec();
      const writer = new JournalWriter(
        path,
        clock,
        options,
        { fd: openSync(path, 'a', 0o644), n, segment, bytes, codec },
        torn,
      );
      if (bytes === 0 && segment > 1) {
        const checkpoint = writer.#checkpoint();
        if (checkpoint === undefined) throw new Error('its last segment lacks its begin, and nobody can tell it');
        writer.#beginSegment(checkpoint);
      }
      writer.#compressing = compressLeftovers(path);
      return writer;
    } catch (error) {
      throw error instanceof ComebackError ? error : new JournalWriteError(path, error);
    }
  }

  async append(body: JournalEventBody, options: { readonly sync?: boolean } = {}): Promise<JournalEvent> {
    const event = this.#write(body);
    if (options.sync === true) await this.#inTurn(() => datasync(this.#fd));
    if (event.t === 'cycle-finished' && this.#bytes >= this.#segmentBytes) await this.#inTurn(() => this.#rotate());
    return event;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#acting;
    closeSync(this.#fd);
    await this.#compressing;
  }

  #write(body: JournalEventBody): JournalEvent {
    // Half a line may be in the file, and edges are differences: whatever came after a gap would be read wrong.
    if (this.#failure !== undefined) throw this.#failure;
    const stamp = { n: (this.#n += 1), at: this.#clock.nowMs() };
    // Twice: first for a reader's eye, last because an event of another journal brings a stamp of its own.
    const event: JournalEvent = { ...stamp, ...body, ...stamp };
    const line = Buffer.from(`${JSON.stringify(this.#codec.encode(event))}\n`);
    this.#guarded(() => {
      for (let done = 0; done < line.length;) done += writeSync(this.#fd, line, done);
    });
    this.#bytes += line.length;
    this.#onEvent(this.#codec.asRead(event));
    return event;
  }

  /** One after the other: a file that a rotation closes must not be in the middle of a sync. */
  async #inTurn(act: () => Promise<void> | void): Promise<void> {
    const acting = this.#acting.then(act);
    this.#acting = acting.catch(() => undefined);
    try {
      await acting;
    } catch (error) {
      throw this.#failed(error);
    }
  }

  /** Closes the segment and opens the next one. It happens once in ten thousand cycles, so it may hold everything up for a moment. */
  #rotate(): void {
    const closed = closedSegmentPath(this.path, this.#segment);
    const checkpoint = this.#checkpoint();
    if (checkpoint === undefined) return;
    this.#guarded(() => {
      fdatasyncSync(this.#fd);
      renameSync(this.path, closed);
      closeSync(this.#fd);
      this.#fd = openSync(this.path, 'ax', 0o644);
    });
    this.#segment += 1;
    this.#codec = new LineCodec();
    this.#beginSegment(checkpoint);
    this.#compressing = this.#compressing.then(() => compressSegment(closed));
  }

  #beginSegment({ cycle, facts, counts }: Checkpoint): void {
    this.#bytes = 0;
    const codec = new LineCodec();
    const lines = facts.map((fact) => ({ ...codec.encode(fact) }));
    this.#write({ t: 'checkpoint', version: journalVersion, segment: this.#segment, cycle, facts: lines, counts });
    this.#guarded(() => {
      fdatasyncSync(this.#fd);
      // A name is on the disk only once its directory is.
      const directory = openSync(dirname(this.path), 'r');
      try {
        fsyncSync(directory);
      } finally {
        closeSync(directory);
      }
    });
  }

  #guarded(act: () => void): void {
    try {
      act();
    } catch (error) {
      throw this.#failed(error);
    }
  }

  #failed(error: unknown): JournalWriteError {
    if (error instanceof JournalWriteError) return error;
    this.#failure ??= new JournalWriteError(this.path, error);
    return this.#failure;
  }
}
