import { createReadStream } from 'node:fs';
import { ComebackError } from '../errors.ts';
import { type JournalEvent, journalLine, journalVersion } from './events.ts';
import { LineCodec } from './line-codec.ts';

/** A journal that cannot be read as one: wrong version, foreign file, or damage that is not just a torn last line. */
export class JournalReadError extends ComebackError {
  override readonly code = 'JOURNAL_UNREADABLE';
  override readonly kind = 'usage';

  constructor(path: string, line: number, why: string) {
    super(`${path}:${line}: ${why}`);
  }
}

/** What a power cut can do to an append-only file: the last line ends in the middle. */
export interface TornLine {
  readonly line: number;
  readonly text: string;
  /** Its length in the file; the text may have lost half a character. */
  readonly bytes: number;
}

/**
 * Reads a journal in order, one event at a time, so that a night of any length fits in memory.
 *
 * @param onTornLine is told of an incomplete last line, which is left out: its event was never acknowledged to the engine.
 * @throws JournalReadError
 */
export async function* readJournal(
  path: string,
  onTornLine: (torn: TornLine) => void = () => undefined,
): AsyncGenerator<JournalEvent> {
  const codec = new LineCodec();
  let number = 0;
  for await (const { bytes, ended } of lines(path)) {
    number += 1;
    if (!ended) {
      onTornLine({ line: number, text: bytes.toString('utf8'), bytes: bytes.length });
      return;
    }
    const failure = (why: string): JournalReadError => new JournalReadError(path, number, why);
    const event = parseLine(bytes, codec, failure);
    // Edges are differences: without the line before it, a line would be read wrong and nobody would notice.
    if (event.n !== number) throw failure(`event ${event.n} stands where event ${number} should; lines are missing`);
    yield event;
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function parseLine(bytes: Buffer, codec: LineCodec, failure: (why: string) => JournalReadError): JournalEvent {
  let json: unknown;
  try {
    json = JSON.parse(utf8.decode(bytes));
  } catch (error) {
    const what = error instanceof SyntaxError ? 'JSON' : 'UTF-8';
    throw failure(`this line is not ${what}; the journal is damaged`);
  }
  const parsed = journalLine.safeParse(json);
  if (!parsed.success) {
    const version = foreignVersion(json);
    if (version !== undefined) {
      throw failure(`journal version ${version}, this comeback reads version ${journalVersion}`);
    }
    const issue = parsed.error.issues[0];
    throw failure(`not a journal event: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`);
  }
  try {
    return codec.decode(parsed.data);
  } catch (error) {
    throw failure(error instanceof Error ? error.message : String(error));
  }
}

function foreignVersion(json: unknown): string | undefined {
  if (typeof json !== 'object' || json === null || !('version' in json)) return undefined;
  return json.version === journalVersion ? undefined : String(json.version);
}

const lineFeed = 0x0a;

async function* lines(path: string): AsyncGenerator<{ bytes: Buffer; ended: boolean }> {
  let rest: Buffer = Buffer.alloc(0);
  try {
    for await (const chunk of createReadStream(path)) {
      let bytes = Buffer.concat([rest, chunkOf(chunk)]);
      for (let end = bytes.indexOf(lineFeed); end >= 0; end = bytes.indexOf(lineFeed)) {
        yield { bytes: bytes.subarray(0, end), ended: true };
        bytes = bytes.subarray(end + 1);
      }
      rest = bytes;
    }
  } catch (error) {
    throw new JournalReadError(path, 0, `cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (rest.length > 0) yield { bytes: rest, ended: false };
}

/** A stream without an encoding gives buffers; its type does not say so. */
function chunkOf(chunk: unknown): Buffer {
  return Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
}
