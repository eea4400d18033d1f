import type { JournalEvent } from '../journal/events.ts';
import type { PciAddress } from '../pci/address.ts';
import type { LogLineClass } from '../pci/kernel-catalogue/log-line.ts';
import { recogniseKernelText } from '../pci/kernel-catalogue/recognise.ts';
import { plainText } from './plain-text.ts';

/** A line of the kernel log or the console that tells of a fault. */
export interface TellingLine {
  readonly atMs: number;
  /** The cycle in which it was said, or after which; 0 before the first. */
  readonly cycle: number;
  readonly text: string;
  readonly class: LogLineClass;
  /** What it means, by the catalogue. */
  readonly meaning: string;
  readonly device: PciAddress | null;
  /** How often it was said. */
  readonly times: number;
}

/** So many are kept: more than a screen shows. */
const kept = 50;

/** What the kernel said that matters: the last lines, and how many there were of each class. */
export class TellingLines {
  #last: readonly TellingLine[] = [];
  readonly #counts = new Map<LogLineClass, number>();

  push(event: JournalEvent, cycle: number): void {
    if (event.t === 'kernel') {
      const found = recogniseKernelText(event.text);
      if (found === undefined || found.line.class === 'benign' || found.line.expected !== undefined) return;
      const { line, device } = found;
      this.#add({ class: line.class, meaning: line.meaning, device: device ?? null }, event, cycle, event.repeats);
    } else if (event.t === 'console-sign' && (event.standing === 'wedged' || event.standing === 'stuck')) {
      this.#add({ class: 'host-wedged', meaning: 'Seen on the console.', device: null }, event, cycle);
    }
  }

  /** Oldest first. */
  get last(): readonly TellingLine[] {
    return this.#last;
  }

  get counts(): Readonly<Partial<Record<LogLineClass, number>>> {
    return Object.fromEntries(this.#counts);
  }

  /** @param repeats the line was there before and was said so many times more. */
  #add(
    known: Pick<TellingLine, 'class' | 'meaning' | 'device'>,
    said: { readonly at: number; readonly text: string },
    cycle: number,
    repeats?: number,
  ): void {
    const times = repeats ?? 1;
    this.#counts.set(known.class, (this.#counts.get(known.class) ?? 0) + times);
    const text = plainText(said.text);
    const before = this.#last.findLast((line) => line.text === text && line.cycle === cycle);
    if (before === undefined) {
      this.#last = [...this.#last.slice(1 - kept), { ...known, atMs: said.at, cycle, text, times }];
    } else {
      const again = { ...before, times: before.times + times };
      this.#last = this.#last.map((line) => (line === before ? again : line));
    }
  }
}
