import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '../clock.ts';
import type { JournalEvent } from '../journal/events.ts';
import { JournalWriter } from '../journal/writer.ts';

/** Writes a story as a run would have: `DIRECTORY/journal.ndjson`, with the story's own times. */
export async function storeRun(directory: string, events: readonly JournalEvent[]): Promise<void> {
  await mkdir(directory, { recursive: true });
  const times = events.map(({ at }) => at);
  const clock = { ...systemClock, nowMs: () => times.shift() ?? 0 };
  await using journal = await JournalWriter.create(join(directory, 'journal.ndjson'), clock);
  for (const event of events) await journal.append(event);
}
