import { ActCodec } from './act-codec.ts';
import { EdgeCodec } from './edge-codec.ts';
import type { JournalEvent, JournalLine } from './events.ts';

/**
 * An event as it stands in the file, and back. What other lines tell already is left out, so that a night stays small: of an edge all that
 * did not change, of an act what was said again, and the number of the cycle that runs. Whoever reads a journal gets every event whole.
 * One codec serves one pass over one segment, in order: a segment can be read without those before it.
 */
export class LineCodec {
  readonly #edges = new EdgeCodec();
  readonly #acts = new ActCodec();
  #cycle: number | undefined;

  encode(event: JournalEvent): JournalLine {
    const { n, at } = event;
    switch (event.t) {
      case 'cycle-started':
        this.#cycle = event.cycle;
        return event;
      case 'edge':
        return { n, at, ...this.#withoutCycle(this.#edges.encode(event)) };
      case 'act-done':
        return { n, at, ...this.#withoutCycle(this.#acts.encode(event)) };
      case 'intent':
        return this.#withoutCycle(event);
      case 'cycle-finished': {
        const { complete, ...rest } = this.#withoutCycle(event);
        return complete ? rest : { ...rest, complete };
      }
      default:
        return event;
    }
  }

  /** The event as a reader of the line that {@link encode} just gave has it: of what did not change, the very objects of before. */
  asRead(event: JournalEvent): JournalEvent {
    return event.t === 'edge' ? { ...event, functions: this.#edges.functionsAt(event.edge) } : event;
  }

  /** @throws Error where the line leaves out what no line before it tells: the journal was not read from its start. */
  decode(line: JournalLine): JournalEvent {
    switch (line.t) {
      case 'cycle-started':
        this.#cycle = line.cycle;
        return line;
      case 'edge':
        return this.#edges.decode(this.#withCycle(line));
      case 'act-done':
        return { n: line.n, at: line.at, ...this.#acts.decode(this.#withCycle(line)) };
      case 'intent':
        return this.#withCycle(line);
      case 'cycle-finished':
        return { ...this.#withCycle(line), complete: line.complete ?? true };
      default:
        return line;
    }
  }

  #withoutCycle<T extends { readonly cycle?: number | undefined }>(event: T): T | Omit<T, 'cycle'> {
    if (event.cycle !== this.#cycle) return event;
    const { cycle: _told, ...rest } = event;
    return rest;
  }

  #withCycle<T extends { readonly cycle?: number | undefined }>(line: T): T & { readonly cycle: number } {
    const cycle = line.cycle ?? this.#cycle;
    if (cycle === undefined) throw new Error('the line does not say its cycle, and none has begun');
    return { ...line, cycle };
  }
}
