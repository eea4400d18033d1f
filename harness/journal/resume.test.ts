import { appendFile, readFile, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../clock.ts';
import { anyRun } from '../test/any-run.ts';
import { storeRun } from '../test/stored-run.ts';
import { temporaryDirectory } from '../test/temporary-directory.ts';
import type { JournalEvent } from './events.ts';
import { readJournal } from './reader.ts';
import { JournalWriter } from './writer.ts';

async function eventsOf(path: string): Promise<JournalEvent[]> {
  const events: JournalEvent[] = [];
  for await (const event of readJournal(path)) events.push(event);
  return events;
}

/** The stamp is the writer's own. */
function unstamped(events: readonly JournalEvent[]): JournalEvent[] {
  return events.map((event) => ({ ...event, n: 0, at: 0 }));
}

/** Goes on with a journal, as a process of its own would. */
async function goOn(path: string, story: readonly JournalEvent[]): Promise<JournalEvent[]> {
  const heard: JournalEvent[] = [];
  const note = (event: JournalEvent): void => void heard.push(event);
  await using journal = await JournalWriter.resume(path, systemClock, { onEvent: note }, note);
  await Promise.all(story.map((event) => journal.append(event)));
  return heard;
}

describe('a journal that is resumed', () => {
  it('reads back as what was there and what came after, wherever its controllers died', async () => {
    await using directory = await temporaryDirectory();
    let number = 0;
    const sessions = fc.tuple(
      anyRun,
      fc.array(fc.tuple(anyRun, fc.oneof(fc.constantFrom(0, 0.99, 1), fc.double({ min: 0, max: 1, noNaN: true }))), {
        maxLength: 3,
      }),
    );
    await fc.assert(
      fc.asyncProperty(sessions, async ([first, later]) => {
        const run = join(directory.path, String((number += 1)));
        const path = join(run, 'journal.ndjson');
        await storeRun(run, first);
        let expected = unstamped(first);
        for (const [story, cut] of later) {
          expected = expected.slice(0, expected.length - (await tear(path, cut)));
          expected = [...expected, ...unstamped(story)];
          expect(unstamped(await goOn(path, story))).toEqual(expected);
        }
        const events = await eventsOf(path);
        expect(unstamped(events)).toEqual(expected);
        expect(events.map(({ n }) => n)).toEqual(events.map((_event, index) => index + 1));
      }),
      { numRuns: 60 },
    );
  });

  it('keeps what it cannot read: damage in the middle is no torn line', async () => {
    await using directory = await temporaryDirectory();
    const path = join(directory.path, 'journal.ndjson');
    await storeRun(directory.path, fc.sample(anyRun, { numRuns: 1, seed: 1 })[0] ?? []);
    await appendFile(path, 'no event\n');
    const before = await readFile(path);
    await expect(goOn(path, [])).rejects.toMatchObject({ code: 'JOURNAL_UNREADABLE' });
    expect(await readFile(path)).toEqual(before);
  });
});

/** Cuts a part off the last line, from nothing to all of it. @returns how many events are lost with it. */
async function tear(path: string, cut: number): Promise<number> {
  const bytes = await readFile(path);
  const lastLine = bytes.length - (bytes.lastIndexOf(0x0a, -2) + 1);
  const torn = Math.round(cut * lastLine);
  await truncate(path, bytes.length - torn);
  return torn === 0 ? 0 : 1;
}
