import { ComebackError } from '../errors.ts';
import { type JournalEvent, type JournalEventOf, journalLine, journalVersions } from './events.ts';
import { LineCodec } from './line-codec.ts';
import { lineBatches } from './segment-lines.ts';
import { type Segment, segmentsOf } from './segments.ts';

/** A journal that cannot be read as one: unknown version, foreign file, or damage that is not just a torn last line. */
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

type OnTornLine = (torn: TornLine) => void;

/**
 * Reads a journal in order, from its first segment to its last, one event at a time, so that a night of any length fits in memory.
 *
 * @param path of the segment that is written to, `…/journal.ndjson`.
 * @param onTornLine is told of an incomplete last line, which is left out: its event was never acknowledged to the engine.
 * @throws JournalReadError
 */
export async function* readJournal(
  path: string,
  onTornLine: OnTornLine = () => undefined,
): AsyncGenerator<JournalEvent> {
  for await (const batch of eventBatches(await segments(path), 1, onTornLine)) yield* batch;
}

/** As {@link readJournal}, for whoever only listens: a million cycles are twelve million events, and none of them costs a promise. */
export async function scanJournal(
  path: string,
  listen: (event: JournalEvent) => void,
  onTornLine: OnTornLine = () => undefined,
): Promise<void> {
  for await (const batch of eventBatches(await segments(path), 1, onTornLine)) {
    for (const event of batch) listen(event);
  }
}

/**
 * Reads what is needed to go on with a journal: the last segment, which begins with a checkpoint if it is not the first one. The facts of the
 * checkpoint come before it, with the numbers that they had. Where its controller died before that was on the disk, the segment before it.
 */
export async function* readJournalTail(
  path: string,
  onTornLine: OnTornLine = () => undefined,
): AsyncGenerator<JournalEvent> {
  const all = await segments(path);
  const last = all.at(-1);
  for (const tail of [all.slice(-1), all.slice(-2, -1)]) {
    let isEmpty = true;
    for await (const batch of eventBatches(tail, undefined, onTornLine)) {
      isEmpty &&= batch.length === 0;
      for (const event of batch) {
        if (event.t === 'checkpoint') yield* factsOf(event);
        yield event;
      }
    }
    if (!isEmpty || last?.isOpen !== true) return;
  }
}

function factsOf({ facts }: JournalEventOf<'checkpoint'>): JournalEvent[] {
  const codec = new LineCodec();
  return facts.map((fact) => codec.decode(journalLine.parse(fact)));
}

async function segments(path: string): Promise<readonly Segment[]> {
  const found = await segmentsOf(path);
  // The error of opening it says more than an empty list.
  return found.length > 0 ? found : [{ number: 1, path, isCompressed: false, isOpen: true }];
}

/**
 * The events of some segments that follow one another. A line that cannot be read is thrown after the events before it were given.
 *
 * @param first number of the first event; undefined where it is that of a checkpoint.
 */
async function* eventBatches(
  of: readonly Segment[],
  first: number | undefined,
  onTornLine: OnTornLine,
): AsyncGenerator<readonly JournalEvent[]> {
  let next = first;
  for (const segment of of) {
    const codec = new LineCodec();
    let line = 0;
    try {
      for await (const batch of lineBatches(segment)) {
        if ('unended' in batch) {
          const { unended } = batch;
          if (segment !== of.at(-1))
            throw new JournalReadError(segment.path, line + 1, 'this line has no end; the journal is damaged');
          onTornLine({ line: line + 1, text: unended.toString('utf8'), bytes: unended.length });
          return;
        }
        const events: JournalEvent[] = [];
        let failure: JournalReadError | undefined;
        for (const text of batch.lines) {
          line += 1;
          try {
            const event = parseLine(text, codec);
            next ??= event.t === 'checkpoint' ? event.n : 1;
            // Edges are differences: without the line before it, a line would be read wrong and nobody would notice.
            if (event.n !== next)
              throw new Error(`event ${event.n} stands where event ${next} should; lines are missing`);
            next += 1;
            events.push(event);
          } catch (error) {
            failure = new JournalReadError(segment.path, line, error instanceof Error ? error.message : String(error));
            break;
          }
        }
        if (failure === undefined && batch.notUtf8 !== undefined) {
          failure = new JournalReadError(segment.path, line + 1, 'this line is not UTF-8; the journal is damaged');
        }
        yield events;
        if (failure !== undefined) throw failure;
      }
    } catch (error) {
      if (error instanceof JournalReadError) throw error;
      const why = error instanceof Error ? error.message : String(error);
      throw new JournalReadError(segment.path, line, `cannot be read: ${why}`);
    }
  }
}

function parseLine(text: string, codec: LineCodec): JournalEvent {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new Error('this line is not JSON; the journal is damaged');
  }
  const parsed = journalLine.safeParse(json);
  if (parsed.success) return codec.decode(parsed.data);
  const version = foreignVersion(json);
  if (version !== undefined) {
    throw new Error(
      `journal version ${version}, this comeback reads versions ${journalVersions.join(' and ')}; use the comeback that wrote it`,
    );
  }
  const issue = parsed.error.issues[0];
  throw new Error(`not a journal event: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`);
}

function foreignVersion(json: unknown): string | undefined {
  if (typeof json !== 'object' || json === null || !('version' in json)) return undefined;
  return journalVersions.some((version) => version === json.version) ? undefined : String(json.version);
}
