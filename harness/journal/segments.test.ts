import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../clock.ts';
import { SyntheticJournal } from '../judge/synthetic-journal.ts';
import { fiveFunctions } from '../test/judged-journal.ts';
import { temporaryDirectory } from '../test/temporary-directory.ts';
import type { JournalEvent } from './events.ts';
import { readJournal, readJournalTail, scanJournal } from './reader.ts';
import { type Checkpoint, JournalWriter } from './writer.ts';

const blank: Checkpoint = { cycle: 0, facts: [], counts: {} };

/** A run of so many good cycles. */
function story(cycles: number): readonly JournalEvent[] {
  const journal = new SyntheticJournal(fiveFunctions).begin(cycles);
  for (let cycle = 0; cycle < cycles; cycle += 1) journal.cycle();
  return journal.events;
}

async function write(
  path: string,
  events: readonly JournalEvent[],
  segmentBytes: number,
  checkpoint: () => Checkpoint | undefined = () => blank,
): Promise<void> {
  await using journal = await JournalWriter.create(path, systemClock, { checkpoint, segmentBytes });
  for (const event of events) await journal.append(event);
}

async function goOn(path: string, events: readonly JournalEvent[], segmentBytes: number): Promise<JournalEvent[]> {
  const old: JournalEvent[] = [];
  const options = { checkpoint: () => blank, segmentBytes };
  await using journal = await JournalWriter.resume(path, systemClock, options, (event) => old.push(event));
  for (const event of events) await journal.append(event);
  return old;
}

async function eventsOf(events: AsyncIterable<JournalEvent>): Promise<JournalEvent[]> {
  const all: JournalEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
}

/** What was told to the journal, without what the journal says of itself. */
function told(events: readonly JournalEvent[]): JournalEvent[] {
  return events.filter(({ t }) => t !== 'checkpoint').map((event) => ({ ...event, n: 0, at: 0 }));
}

const segmentBytes = 4096;

describe('a journal of many segments', () => {
  it('reads as one that was never cut, each closed segment compressed', async () => {
    await using directory = await temporaryDirectory();
    const path = join(directory.path, 'journal.ndjson');
    const events = story(16);
    await write(path, events, segmentBytes);
    const names = (await readdir(directory.path)).sort();
    expect(names.length).toBeGreaterThan(3);
    expect(names.filter((name) => !/^journal-\d{6}\.ndjson\.gz$/.test(name))).toEqual(['journal.ndjson']);
    const read = await eventsOf(readJournal(path));
    expect(told(read)).toEqual(told(events));
    expect(read.map(({ n }) => n)).toEqual(read.map((_event, index) => index + 1));
    const scanned: JournalEvent[] = [];
    await scanJournal(path, (event) => scanned.push(event));
    expect(scanned).toEqual(read);
  });

  it('can be gone on with from its last segment, which leans on none before it', async () => {
    await using directory = await temporaryDirectory();
    const path = join(directory.path, 'journal.ndjson');
    let asked = 0;
    await write(path, story(16), segmentBytes, () => ({ ...blank, counts: { asked: (asked += 1) } }));
    const whole = await eventsOf(readJournal(path));
    for (const name of await readdir(directory.path)) if (name.endsWith('.gz')) await rm(join(directory.path, name));
    const tail = await eventsOf(readJournalTail(path));
    expect(tail[0]).toMatchObject({ t: 'checkpoint', counts: { asked } });
    expect(tail).toEqual(whole.slice(-tail.length));
  });

  it('does not begin a segment where its state cannot be told', async () => {
    await using directory = await temporaryDirectory();
    const path = join(directory.path, 'journal.ndjson');
    await write(path, story(16), segmentBytes, () => undefined);
    expect(await readdir(directory.path)).toEqual(['journal.ndjson']);
  });

  it('loses nothing and says nothing twice, wherever its controllers died', async () => {
    await using directory = await temporaryDirectory();
    let number = 0;
    const cuts = fc.array(fc.tuple(fc.integer({ min: 1, max: 6 }), fc.double({ min: 0, max: 1, noNaN: true })), {
      minLength: 1,
      maxLength: 4,
    });
    await fc.assert(
      fc.asyncProperty(cuts, fc.integer({ min: 500, max: 5000 }), async (sessions, bytes) => {
        const path = join(directory.path, String((number += 1)), 'journal.ndjson');
        await mkdir(join(path, '..'));
        let expected: JournalEvent[] = [];
        for (const [cycles, cut] of sessions) {
          const events = story(cycles);
          if (expected.length === 0) await write(path, events, bytes);
          else await goOn(path, events, bytes);
          expected = [...expected, ...told(events)];
          expect(told(await eventsOf(readJournal(path)))).toEqual(expected);
          expected = expected.slice(0, expected.length - (await tear(path, cut)));
        }
        await goOn(path, [], bytes);
        const read = await eventsOf(readJournal(path));
        expect(told(read)).toEqual(expected);
        expect(read.map(({ n }) => n)).toEqual(read.map((_event, index) => index + 1));
      }),
      { numRuns: 10 },
    );
  });

  it.each<[string, (directory: string) => Promise<void>]>([
    ['between closing one segment and opening the next', async (of) => rm(join(of, 'journal.ndjson'))],
    ['before the checkpoint of the next one was written', async (of) => writeFile(join(of, 'journal.ndjson'), '')],
    [
      'in the middle of that checkpoint',
      async (of) => writeFile(join(of, 'journal.ndjson'), '{"n":9,"at":1,"t":"chec'),
    ],
    [
      'before a closed segment was compressed',
      async (of) => {
        await rm(join(of, 'journal.ndjson'));
        await unpack(of);
      },
    ],
    [
      'in the middle of compressing it',
      async (of) => {
        await rm(join(of, 'journal.ndjson'));
        await unpack(of);
        const name = await lastClosed(of);
        await writeFile(join(of, `${name}.gz.tmp`), gzipSync('half').subarray(0, 12));
      },
    ],
    [
      'after compressing it, before the plain one was removed',
      async (of) => {
        await rm(join(of, 'journal.ndjson'));
        const name = await lastClosed(of);
        await writeFile(join(of, name.replace(/\.gz$/, '')), gunzipSync(await readFile(join(of, name))));
      },
    ],
  ])('is whole where its controller died %s', async (_when, harm) => {
    await using directory = await temporaryDirectory();
    const path = join(directory.path, 'journal.ndjson');
    await write(path, story(10), segmentBytes);
    const before = await eventsOf(readJournal(path));
    await harm(directory.path);
    const kept = told(await eventsOf(readJournal(path)));
    expect(kept).toEqual(told(before).slice(0, kept.length));
    await goOn(path, story(1), segmentBytes);
    const read = await eventsOf(readJournal(path));
    expect(told(read)).toEqual([...kept, ...told(story(1))]);
    expect(
      (await readdir(directory.path)).filter((name) => !/^journal(-\d{6}\.ndjson\.gz|\.ndjson)$/.test(name)),
    ).toEqual([]);
  });

  it('says where a closed segment is damaged', async () => {
    await using directory = await temporaryDirectory();
    const path = join(directory.path, 'journal.ndjson');
    await write(path, story(10), segmentBytes);
    const name = 'journal-000002.ndjson.gz';
    const packed = await readFile(join(directory.path, name));
    await writeFile(join(directory.path, name), packed.subarray(0, packed.length - 20));
    await expect(eventsOf(readJournal(path))).rejects.toMatchObject({ code: 'JOURNAL_UNREADABLE' });
    await rm(join(directory.path, name));
    await expect(eventsOf(readJournal(path))).rejects.toThrow(/journal(-000003)?\.ndjson.*lines are missing/);
  });
});

async function lastClosed(directory: string): Promise<string> {
  return (
    (await readdir(directory))
      .filter((name) => name.startsWith('journal-'))
      .sort()
      .at(-1) ?? ''
  );
}

/** The last closed segment as it was before it was compressed. */
async function unpack(directory: string): Promise<void> {
  const name = await lastClosed(directory);
  await writeFile(join(directory, `${name}.plain`), gunzipSync(await readFile(join(directory, name))));
  await rm(join(directory, name));
  await rename(join(directory, `${name}.plain`), join(directory, name.replace(/\.gz$/, '')));
}

/** Cuts a part off the last line of the open segment. @returns how many events are lost with it. */
async function tear(path: string, cut: number): Promise<number> {
  const bytes = await readFile(path);
  const end = bytes.lastIndexOf(0x0a, -2) + 1;
  const torn = Math.round(cut * (bytes.length - end));
  await writeFile(path, bytes.subarray(0, bytes.length - torn));
  const isCheckpoint = bytes.toString('utf8', end).includes('"t":"checkpoint"');
  return torn === 0 || isCheckpoint ? 0 : 1;
}
