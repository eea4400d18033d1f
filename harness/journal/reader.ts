import { ComebackError } from '../errors.ts';
import { type JournalEvent, type JournalEventOf, journalLine } from './events.ts';
import { LineCodec } from './line-codec.ts';
import { SegmentDecoder } from './segment-decoder.ts';
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
    const decoder = new SegmentDecoder(next);
    try {
      for await (const batch of lineBatches(segment)) {
        if ('unended' in batch) {
          const { unended } = batch;
          const line = decoder.line + 1;
          if (segment !== of.at(-1))
            throw new JournalReadError(segment.path, line, 'this line has no end; the journal is damaged');
          onTornLine({ line, text: unended.toString('utf8'), bytes: unended.length });
          return;
        }
        const { events, failure } = decoder.decode(batch);
        yield events;
        if (failure !== undefined) throw new JournalReadError(segment.path, failure.line, failure.why);
      }
    } catch (error) {
      if (error instanceof JournalReadError) throw error;
      const why = error instanceof Error ? error.message : String(error);
      throw new JournalReadError(segment.path, decoder.line, `cannot be read: ${why}`);
    }
    next = decoder.next;
  }
}
