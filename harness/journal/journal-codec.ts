import { ActCodec } from './act-codec.ts';
import { EdgeCodec } from './edge-codec.ts';
import type { JournalEvent, StoredLine } from './events.ts';

/**
 * Between an event and the line that stands for it, which may be no more than its difference from lines before it. One codec serves one
 * pass over one segment, in order: a segment can be read without those before it.
 */
export class JournalCodec {
  readonly #edges = new EdgeCodec();
  readonly #acts = new ActCodec();

  encode(event: JournalEvent): StoredLine {
    const { n, at } = event;
    if (event.t === 'edge') return { n, at, ...this.#edges.encode(event) };
    return event.t === 'act-done' ? { n, at, ...this.#acts.encode(event) } : event;
  }

  /** The event as a reader of the line that {@link encode} just gave has it: of what did not change, the very objects of before. */
  asRead(event: JournalEvent): JournalEvent {
    return event.t === 'edge' ? { ...event, functions: this.#edges.functionsAt(event.edge) } : event;
  }

  /** @throws Error where the lines that this one leans on were not read. */
  decode(line: StoredLine): JournalEvent {
    if (line.t === 'edge') return this.#edges.decode(line);
    return line.t === 'act-done' ? { n: line.n, at: line.at, ...this.#acts.decode(line) } : line;
  }
}
