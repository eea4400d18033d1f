import { type JournalEvent, journalLine, journalVersions } from './events.ts';
import { LineCodec } from './line-codec.ts';
import type { LineBatch } from './segment-lines.ts';

/** The events of some lines, up to the first that cannot be read. */
export interface DecodedBatch {
  readonly events: readonly JournalEvent[];
  /** The line, counted from 1 in its segment, that cannot be read, and why; undefined where all can. */
  readonly failure: { readonly line: number; readonly why: string } | undefined;
}

/** Reads the lines of one segment in order, each as an event; what a line leaves out it knows from those before it. */
export class SegmentDecoder {
  readonly #codec = new LineCodec();
  #line = 0;
  #next: number | undefined;

  /** @param next number of the first event; undefined where it is that of a checkpoint. */
  constructor(next: number | undefined) {
    this.#next = next;
  }

  /** Lines that were read. */
  get line(): number {
    return this.#line;
  }

  /** Number of the event that must come next; undefined before the first line where that was open. */
  get next(): number | undefined {
    return this.#next;
  }

  decode({ lines, notUtf8 }: LineBatch): DecodedBatch {
    const events: JournalEvent[] = [];
    for (const text of lines) {
      this.#line += 1;
      try {
        events.push(this.#eventOf(text));
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        return { events, failure: { line: this.#line, why } };
      }
    }
    if (notUtf8 === undefined) return { events, failure: undefined };
    return { events, failure: { line: this.#line + 1, why: 'this line is not UTF-8; the journal is damaged' } };
  }

  #eventOf(text: string): JournalEvent {
    const event = parseLine(text, this.#codec);
    const expected = this.#next ?? (event.t === 'checkpoint' ? event.n : 1);
    // Edges are differences: without the line before it, a line would be read wrong and nobody would notice.
    if (event.n !== expected) {
      throw new Error(`event ${event.n} stands where event ${expected} should; lines are missing`);
    }
    this.#next = expected + 1;
    return event;
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
