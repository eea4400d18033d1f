import { utimes } from 'node:fs/promises';
import { join } from 'node:path';
import type { JournalEvent } from '../journal/events.ts';
import { storeRun } from './stored-run.ts';

/** Keeps a story as a run of this name: it tells its name and host itself, and happened when its name says. */
export async function keepRun(reports: string, run: string, story: readonly JournalEvent[]): Promise<string> {
  const [, date = '', hours = '', minutes = '', seconds = '', host = ''] =
    /^(.{10})T(\d\d)-(\d\d)-(\d\d)Z-(.*)$/.exec(run) ?? [];
  const beganAtMs = Date.parse(`${date}T${hours}:${minutes}:${seconds}Z`);
  const shiftMs = beganAtMs - (story[0]?.at ?? 0);
  const events = story.map((event): JournalEvent => {
    const at = event.at + shiftMs;
    return event.t === 'run-started' ? { ...event, at, run, host } : { ...event, at };
  });
  const directory = join(reports, run);
  await storeRun(directory, events);
  await utimes(join(directory, 'journal.ndjson'), beganAtMs / 1000, beganAtMs / 1000);
  return directory;
}
