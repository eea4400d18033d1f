import { type JournalEvent, type JournalEventOf, journalLine } from './events.ts';
import { lineBatches } from './segment-lines.ts';
import { segmentsOf } from './segments.ts';

const kinds = [
  'power-intent',
  'power-done',
  'boot-intent',
  'boot-done',
  'bios-intent',
  'bios-done',
  'flash-over',
  'host-identified',
  'lab-back',
] as const;

/** What a run did to its host, and where it saw it, as far as that matters to the next run and to the budgets of this one. */
export type HistoryEvent = JournalEventOf<(typeof kinds)[number]>;

export function isHistory<T extends { readonly t: string }>(event: T): event is Extract<T, { t: HistoryEvent['t'] }> {
  return kinds.some((kind) => kind === event.t);
}

/**
 * The history of a host in one journal. A checkpoint repeats what the segments before it tell, so the last segment is enough, however long
 * the run was. What cannot be read tells nothing.
 */
export async function readHistory(path: string): Promise<HistoryEvent[]> {
  const segments = await segmentsOf(path);
  for (const segment of segments.toReversed()) {
    const events: HistoryEvent[] = [];
    let isEmpty = true;
    try {
      for await (const batch of lineBatches(segment)) {
        if ('unended' in batch) break;
        isEmpty = false;
        for (const line of batch.lines) events.push(...historyOf(line));
      }
    } catch {
      // What was read so far is all that it tells.
    }
    // Its controller died before the checkpoint was on the disk.
    if (!isEmpty) return events;
  }
  return [];
}

/** A night has millions of lines and a handful of these: only they are parsed. */
const telling = new RegExp(`^\\{"n":\\d+,"at":\\d+,"t":"(?:checkpoint|${kinds.join('|')})"`);

function historyOf(line: string): HistoryEvent[] {
  const event = telling.test(line) ? parsed(line) : undefined;
  if (event === undefined) return [];
  if (event.t === 'checkpoint') return event.facts.flatMap((fact) => historyOf(JSON.stringify(fact)));
  return isHistory(event) ? [event] : [];
}

function parsed(line: string): JournalEventOf<'checkpoint'> | HistoryEvent | undefined {
  try {
    const { data } = journalLine.safeParse(JSON.parse(line));
    return data !== undefined && (data.t === 'checkpoint' || isHistory(data)) ? data : undefined;
  } catch {
    // The torn last line of a run that died.
    return undefined;
  }
}

/** The history so far, without what a later sight of the same boot only says again. */
export class HistoryLog {
  readonly #events: HistoryEvent[] = [];
  #bootId: string | undefined;

  push(event: JournalEvent): void {
    if (!isHistory(event)) return;
    const sighted = sightOf(event);
    if (sighted !== undefined && sighted === this.#bootId && event.t !== 'boot-done') return;
    this.#bootId = sighted ?? this.#bootId;
    this.#events.push(event);
  }

  get events(): readonly HistoryEvent[] {
    return this.#events;
  }
}

function sightOf(event: HistoryEvent): string | undefined {
  if (event.t === 'host-identified') return event.identity.bootId;
  return event.t === 'lab-back' ? event.bootId : undefined;
}
