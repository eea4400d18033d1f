import { createReadStream } from 'node:fs';
import { ComebackError } from '../errors.ts';
import { EdgeCodec } from './edge-codec.ts';
import { type JournalEvent, journalLine, journalVersion } from './events.ts';

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
  const codec = new EdgeCodec();
  let number = 0;
  for await (const { text, ended } of lines(path)) {
    number += 1;
    if (!ended) {
      onTornLine({ line: number, text });
      return;
    }
    yield parseLine(text, codec, (why) => new JournalReadError(path, number, why));
  }
}

function parseLine(text: string, codec: EdgeCodec, failure: (why: string) => JournalReadError): JournalEvent {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw failure('this line is not JSON; the journal is damaged');
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
  const line = parsed.data;
  try {
    return line.t === 'edge' ? { n: line.n, at: line.at, ...codec.decode(line) } : line;
  } catch (error) {
    throw failure(error instanceof Error ? error.message : String(error));
  }
}

function foreignVersion(json: unknown): string | undefined {
  if (typeof json !== 'object' || json === null || !('version' in json)) return undefined;
  return json.version === journalVersion ? undefined : String(json.version);
}

async function* lines(path: string): AsyncGenerator<{ text: string; ended: boolean }> {
  let rest = '';
  try {
    for await (const chunk of createReadStream(path, { encoding: 'utf8' })) {
      const parts = (rest + String(chunk)).split('\n');
      rest = parts.pop() ?? '';
      for (const text of parts) yield { text, ended: true };
    }
  } catch (error) {
    throw new JournalReadError(path, 0, `cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (rest !== '') yield { text: rest, ended: false };
}
