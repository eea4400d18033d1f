import { EdgeCodec } from './edge-codec.ts';
import type { JournalEvent, StoredLine } from './events.ts';

/**
 * Between an event and the line that stands for it, which may be no more than its difference from lines before it. One codec serves one
 * pass over one segment, in order: a segment can be read without those before it.
 */
export class JournalCodec {
  readonly #edges = new EdgeCodec();

  encode(event: JournalEvent): StoredLine {
    return event.t === 'edge' ? { n: event.n, at: event.at, ...this.#edges.encode(event) } : event;
  }

  /** The event as a reader of the line that {@link encode} just gave has it: of what did not change, the very objects of before. */
  asRead(event: JournalEvent): JournalEvent {
    return event.t === 'edge' ? { ...event, functions: this.#edges.functionsAt(event.edge) } : event;
  }

  /** @throws Error where the lines that this one leans on were not read. */
  decode(line: StoredLine): JournalEvent {
    return line.t === 'edge' ? this.#edges.decode(line) : line;
  }
}
