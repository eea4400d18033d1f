import { type FileHandle, open } from 'node:fs/promises';
import type { JournalEvent } from '../journal/events.ts';
import { JournalReadError } from '../journal/reader.ts';
import { SegmentDecoder } from '../journal/segment-decoder.ts';
import { batchesOf, lineBatches } from '../journal/segment-lines.ts';
import { type Segment, segmentsOf } from '../journal/segments.ts';

const readBytes = 256 * 1024;

/** One segment of a journal while it may still grow. It goes on with the same file when that gets another name. */
export class SegmentTail implements AsyncDisposable {
  readonly #segment: Segment;
  /** Undefined for one that is compressed, and so does not change any more. */
  readonly #file: FileHandle | undefined;
  readonly #decoder: SegmentDecoder;
  /** Where the first line begins that was not read: whoever goes on with a run cuts a torn line off, and writes another there. */
  #offset = 0;

  private constructor(segment: Segment, file: FileHandle | undefined, next: number) {
    this.#segment = segment;
    this.#file = file;
    this.#decoder = new SegmentDecoder(next);
  }

  /**
   * @param journal path of the open segment, `…/journal.ndjson`.
   * @param next number of the first event in it.
   * @returns undefined where there is no segment of this number yet, or its file got another name just now.
   * @throws JournalReadError
   */
  static async open(journal: string, number: number, next: number): Promise<SegmentTail | undefined> {
    const segment = await segmentOf(journal, number);
    if (segment === undefined) return undefined;
    if (segment.isCompressed) return new SegmentTail(segment, undefined, next);
    const file = await open(segment.path).catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw new JournalReadError(segment.path, 1, `cannot be read: ${String(error)}`);
    });
    // A segment that was closed meanwhile left its name to the next one.
    if (file !== undefined && (await segmentOf(journal, number))?.path === segment.path) {
      return new SegmentTail(segment, file, next);
    }
    await file?.close();
    return undefined;
  }

  /** Number of the event that comes next. */
  get next(): number | undefined {
    return this.#decoder.next;
  }

  /**
   * The whole lines that were not read yet.
   *
   * @param isClosed nobody writes to it any more, so that it must end with a line.
   * @throws JournalReadError
   */
  async *rest(isClosed: boolean): AsyncGenerator<readonly JournalEvent[]> {
    try {
      for await (const batch of this.#batches()) {
        if ('unended' in batch) {
          if (isClosed) throw this.#unreadable(this.#decoder.line + 1, 'this line has no end; the journal is damaged');
          return;
        }
        const { events, failure } = this.#decoder.decode(batch);
        this.#offset += batch.bytes;
        yield events;
        if (failure !== undefined) throw this.#unreadable(failure.line, failure.why);
      }
    } catch (error) {
      if (error instanceof JournalReadError) throw error;
      throw this.#unreadable(this.#decoder.line, `cannot be read: ${String(error)}`);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file?.close();
  }

  #batches(): ReturnType<typeof lineBatches> {
    return this.#file === undefined ? lineBatches(this.#segment) : batchesOf(chunksOf(this.#file, this.#offset));
  }

  #unreadable(line: number, why: string): JournalReadError {
    return new JournalReadError(this.#segment.path, line, why);
  }
}

async function segmentOf(journal: string, number: number): Promise<Segment | undefined> {
  return (await segmentsOf(journal)).find((segment) => segment.number === number);
}

async function* chunksOf(file: FileHandle, from: number): AsyncGenerator<Buffer> {
  for (let position = from; ;) {
    const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(readBytes), 0, readBytes, position);
    if (bytesRead === 0) return;
    position += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}
