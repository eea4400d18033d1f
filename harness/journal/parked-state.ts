import type { JournalEvent, JournalEventOf } from './events.ts';

/** What a parked run waits for. */
export type ParkedState = JournalEventOf<'parked'>;

/**
 * Whether a run is parked, and what for: its last `parked` event, unless it was resumed after it. Events of other kinds, an end of
 * the run among them, do not change that.
 *
 * @param events of one run, in order: as `readJournal` reads it.
 */
export async function parkedState(events: AsyncIterable<JournalEvent>): Promise<ParkedState | undefined> {
  let parked: ParkedState | undefined;
  for await (const event of events) {
    if (event.t === 'parked') parked = event;
    if (event.t === 'resumed') parked = undefined;
  }
  return parked;
}
