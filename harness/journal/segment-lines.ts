import { isUtf8 } from 'node:buffer';
import { createReadStream } from 'node:fs';
import { PassThrough, pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { Segment } from './segments.ts';

/** Whole lines of a segment that came in one read, without their ends. */
export interface LineBatch {
  readonly lines: readonly string[];
  /** Index of the first line that is not UTF-8; what comes after it is left out. */
  readonly notUtf8: number | undefined;
  /** Length of the lines in the file, their ends included, and of what was left out. */
  readonly bytes: number;
}

/** What stands after the last line end. */
export interface Unended {
  readonly unended: Buffer;
}

const lineFeed = 0x0a;
const readBytes = 256 * 1024;

/**
 * Reads a segment in batches of whole lines: a journal has ten million of them, so none of them costs a promise of its own.
 *
 * @throws what the file system or zlib says.
 */
export async function* lineBatches({ path, isCompressed }: Segment): AsyncGenerator<LineBatch | Unended> {
  yield* batchesOf(isCompressed ? unpacked(path) : createReadStream(path, { highWaterMark: readBytes }));
}

/** The same for the bytes of a segment, from the begin of a line on, wherever they come from. */
export async function* batchesOf(chunks: AsyncIterable<unknown>): AsyncGenerator<LineBatch | Unended> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    const bytes = rest.length === 0 ? chunkOf(chunk) : Buffer.concat([rest, chunkOf(chunk)]);
    const end = bytes.lastIndexOf(lineFeed) + 1;
    if (end > 0) yield batchOf(bytes.subarray(0, end));
    rest = bytes.subarray(end);
  }
  if (rest.length > 0) yield { unended: rest };
}

function unpacked(path: string): Readable {
  const out = new PassThrough({ highWaterMark: readBytes });
  // An error of any of them destroys the last one, whose reader meets it.
  pipeline(
    createReadStream(path, { highWaterMark: readBytes }),
    createGunzip({ chunkSize: readBytes }),
    out,
    () => undefined,
  );
  return out;
}

/** @param bytes ends with a line feed. */
function batchOf(bytes: Buffer): LineBatch {
  if (isUtf8(bytes)) return { lines: linesOf(bytes), notUtf8: undefined, bytes: bytes.length };
  let start = 0;
  for (let index = 0; ; index += 1) {
    const end = bytes.indexOf(lineFeed, start) + 1;
    if (!isUtf8(bytes.subarray(start, end))) {
      return { lines: start === 0 ? [] : linesOf(bytes.subarray(0, start)), notUtf8: index, bytes: bytes.length };
    }
    start = end;
  }
}

function linesOf(bytes: Buffer): string[] {
  return bytes.toString('utf8', 0, bytes.length - 1).split('\n');
}

/** A stream without an encoding gives buffers; its type does not say so. */
function chunkOf(chunk: unknown): Buffer {
  return Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
}
