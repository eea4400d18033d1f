import { appendFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../clock.ts';
import type { JournalEvent } from '../journal/events.ts';
import { JournalReadError, readJournal } from '../journal/reader.ts';
import { type Checkpoint, JournalWriter } from '../journal/writer.ts';
import { begun } from '../test/judged-journal.ts';
import { storeRun } from '../test/stored-run.ts';
import { temporaryDirectory } from '../test/temporary-directory.ts';
import { followJournal } from './follow-journal.ts';

const checkpoint: Checkpoint = { cycle: 0, facts: [], counts: {} };
/** Never reached: what is tested is that the kernel tells of changes. */
const lookAgainMs = 3_600_000;

function story(cycles: number): readonly JournalEvent[] {
  const journal = begun(cycles);
  for (let cycle = 0; cycle < cycles; cycle += 1) journal.cycle();
  return journal.finish().events;
}

async function all(path: string): Promise<JournalEvent[]> {
  const events: JournalEvent[] = [];
  for await (const event of readJournal(path)) events.push(event);
  return events;
}

/** Someone who follows, until an event of this number was read. */
function reader(path: string, onCaughtUp: (n: number) => Promise<void> | void = () => undefined) {
  const stop = new AbortController();
  const events: JournalEvent[] = [];
  const until = async (n: number): Promise<JournalEvent[]> => {
    for await (const { events: more, isCaughtUp } of followJournal(path, { signal: stop.signal, lookAgainMs })) {
      events.push(...more);
      const last = events.at(-1)?.n ?? 0;
      if (isCaughtUp) await onCaughtUp(last);
      if (last >= n) stop.abort();
    }
    return events;
  };
  return { until, stop };
}

describe('following a journal', () => {
  it('meets every event of every segment once, however fast they close and are compressed', async () => {
    await using directory = await temporaryDirectory();
    const path = join(directory.path, 'journal.ndjson');
    const events = story(30);
    const following = reader(path).until(events.length);
    {
      const options = { checkpoint: () => checkpoint, segmentBytes: 4096 };
      await using journal = await JournalWriter.create(path, systemClock, options);
      for (const [index, event] of events.entries()) await journal.append(event, { sync: index % 7 === 0 });
    }
    const seen = await following;
    const written = await all(path);
    expect(written.filter(({ t }) => t === 'checkpoint').length).toBeGreaterThan(3);
    expect(seen).toEqual(written.slice(0, seen.length));
  });

  it('reads those that were closed and compressed before', async () => {
    await using directory = await temporaryDirectory();
    const path = join(directory.path, 'journal.ndjson');
    {
      const options = { checkpoint: () => checkpoint, segmentBytes: 4096 };
      await using journal = await JournalWriter.create(path, systemClock, options);
      for (const event of story(16)) await journal.append(event);
    }
    const written = await all(path);
    expect(await reader(path).until(written.length)).toEqual(written);
  });

  it('takes a torn line when it is whole, and the line that stands in its place after a resume', async () => {
    await using directory = await temporaryDirectory();
    const path = join(directory.path, 'journal.ndjson');
    const events = story(1);
    await storeRun(directory.path, events.slice(0, -1));
    const whole = events.length - 1;
    const torn = '{"n":999,"at":1,"t":"run-fini';
    await appendFile(path, torn);
    let resumed: Promise<void> | undefined;
    const seen = await reader(path, (last) => {
      // Each change in the directory is reason for a look, so there may be looks while the torn line is being replaced.
      if (resumed === undefined) expect(last).toBe(whole);
      expect(last).toBeGreaterThanOrEqual(whole);
      expect(last).toBeLessThanOrEqual(whole + 2);
      // The same length again: nobody sees by the size that the torn line is another one now.
      resumed ??= goOn();
    }).until(whole + 2);
    await resumed;
    expect(seen.map(({ n }) => n)).toEqual(Array.from({ length: whole + 2 }, (_, index) => index + 1));
    expect(seen.at(-1)).toMatchObject({ t: 'run-finished', reason: 'interrupted' });

    async function goOn(): Promise<void> {
      await using journal = await JournalWriter.resume(path, systemClock, {}, () => undefined);
      expect(journal.torn?.bytes).toBe(torn.length);
      await journal.append({ t: 'run-resumed', comeback: '1', tornBytes: torn.length });
      await journal.append({ t: 'run-finished', reason: 'interrupted' });
    }
  });

  it('waits for a journal that is not there yet, and ends when it is told to', async () => {
    await using directory = await temporaryDirectory();
    const path = join(directory.path, 'journal.ndjson');
    const { until, stop } = reader(path, () => stop.abort());
    expect(await until(1)).toEqual([]);
  });

  it.each<[string, (path: string) => Promise<void>, RegExp]>([
    ['a line that is no event', (path) => appendFile(path, '{"n":4}\n'), /:4: not a journal event/],
    ['bytes that are no UTF-8', (path) => appendFile(path, Buffer.from([0x22, 0xff, 0x0a])), /:4: .*not UTF-8/],
    ['a foreign file', (path) => writeFile(path, 'hello\n'), /:1: this line is not JSON/],
    [
      'lines that are missing',
      (path) => truncate(path, 0).then(() => appendFile(path, lateLine)),
      /event 7 stands where/,
    ],
  ])('says where %s is', async (_what, damage, words) => {
    await using directory = await temporaryDirectory();
    await storeRun(directory.path, begun().events);
    const path = join(directory.path, 'journal.ndjson');
    await damage(path);
    const failing = reader(path).until(99);
    await expect(failing).rejects.toThrow(JournalReadError);
    await expect(failing).rejects.toThrow(words);
  });
});

const lateLine = '{"n":7,"at":1,"t":"cycle-started","cycle":1}\n';
