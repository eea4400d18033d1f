import { execFile } from 'node:child_process';
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { type Clock, systemClock } from '../clock.ts';
import { SyntheticJournal } from '../judge/synthetic-journal.ts';
import { fiveFunctions, gpu } from '../test/judged-journal.ts';
import { temporaryDirectory } from '../test/temporary-directory.ts';
import type { JournalEvent } from './events.ts';
import { JournalReadError, readJournal, type TornLine } from './reader.ts';
import { JournalWriteError, JournalWriter } from './writer.ts';

const run = promisify(execFile);
const story = new SyntheticJournal(fiveFunctions)
  .begin()
  .cycle()
  .cycle({ health: { after: [{ address: gpu, change: { config: 'ff'.repeat(64) } }] } })
  .append({ t: 'kernel', seq: 7, level: 4, usec: 12, text: 'Ünïcode \u001b[31m   \ud83d\ude00 "quoted"\nsecond line' })
  .finish().events;

const asWritten = story.map((event) => ({ ...event, at: event.at + 5 }));

/** Shows the times of the story, one a look and a little late: the stamp must be the writer's own. */
function storyClock(): Clock {
  const times = asWritten.map(({ at }) => at);
  return { ...systemClock, nowMs: () => times.shift() ?? 0 };
}

async function writeStory(path: string): Promise<JournalEvent[]> {
  const journal = await JournalWriter.create(path, storyClock());
  try {
    return await Promise.all(story.map((event, index) => journal.append(event, { sync: index % 7 === 0 })));
  } finally {
    await journal[Symbol.asyncDispose]();
  }
}

async function read(path: string): Promise<{ events: JournalEvent[]; torn: TornLine[] }> {
  const torn: TornLine[] = [];
  const events: JournalEvent[] = [];
  for await (const event of readJournal(path, (line) => torn.push(line))) events.push(event);
  return { events, torn };
}

/** Tells what reading gives up with, and how many events it gave before that. */
async function failureOf(path: string): Promise<{ events: number; error: unknown }> {
  let events = 0;
  try {
    for await (const { n } of readJournal(path)) events = n;
  } catch (error) {
    return { events, error };
  }
  return { events, error: undefined };
}

/** A journal on disk, to be damaged. */
async function damaged(path: string, harm: (lines: Buffer[]) => Buffer[]): Promise<void> {
  await writeStory(path);
  const lines = (await readFile(path, 'latin1')).split('\n').slice(0, -1);
  const harmed = harm(lines.map((line) => Buffer.from(line, 'latin1')));
  await writeFile(path, Buffer.concat(harmed.map((line) => Buffer.concat([line, Buffer.from('\n')]))));
}

describe('a journal on disk', () => {
  it('is read as it was written, numbered from 1 without a gap', async () => {
    await using directory = await temporaryDirectory();
    const path = join(directory.path, 'journal.ndjson');
    const written = await writeStory(path);
    const { events, torn } = await read(path);
    expect(torn).toEqual([]);
    expect(events).toEqual(asWritten);
    expect(written).toEqual(asWritten);
  });

  it('is never written over', async () => {
    await using directory = await temporaryDirectory();
    const path = join(directory.path, 'journal.ndjson');
    await writeFile(path, 'mine');
    await expect(JournalWriter.create(path, systemClock)).rejects.toThrow(JournalWriteError);
    expect(await readFile(path, 'utf8')).toBe('mine');
  });

  it('is told to a listener in the order in which it is written', async () => {
    await using directory = await temporaryDirectory();
    const heard: number[] = [];
    const journal = await JournalWriter.create(join(directory.path, 'j'), systemClock, {
      onEvent: ({ n }) => heard.push(n),
    });
    await Promise.all([1, 2, 3].map((cycle) => journal.append({ t: 'cycle-started', cycle }, { sync: cycle === 1 })));
    await journal[Symbol.asyncDispose]();
    expect(heard).toEqual([1, 2, 3]);
  });

  it('takes nothing more once an append failed, for what follows a gap would be read wrong', async () => {
    await using directory = await temporaryDirectory();
    const path = join(directory.path, 'journal.ndjson');
    const writer = new URL('writer.ts', import.meta.url).href;
    const clock = new URL('../clock.ts', import.meta.url).href;
    // A limit on file size stands for a full disk: the second event does not fit, and when the third comes there is room again.
    const script = `
      import { execFileSync } from 'node:child_process';
      import { JournalWriter } from ${JSON.stringify(writer)};
      import { systemClock } from ${JSON.stringify(clock)};
      const journal = await JournalWriter.create(process.argv[1], systemClock);
      const append = (message) => journal.append({ t: 'lab-lost', code: 'X', message })
        .then(() => console.log('ok'), (error) => console.log(error.code));
      await append('first');
      await append('x'.repeat(100_000));
      execFileSync('prlimit', ['--pid', String(process.pid), '--fsize=unlimited']);
      await append('third');`;
    const { stdout } = await run('sh', [
      '-c',
      'ulimit -S -f 8; exec "$@"',
      'sh',
      process.execPath,
      ...['--import', 'tsx', '--input-type=module', '-e', script, path],
    ]);
    expect(stdout.trim().split('\n')).toEqual(['ok', 'JOURNAL_WRITE_FAILED', 'JOURNAL_WRITE_FAILED']);
    const { events, torn } = await read(path);
    expect(events).toHaveLength(1);
    expect(torn).toHaveLength(1);
  });
});

describe('a damaged journal', () => {
  it.each([1, 5, 40])(
    'that a power cut tore in its last line is read up to there (%i bytes left of it)',
    async (left) => {
      await using directory = await temporaryDirectory();
      const path = join(directory.path, 'journal.ndjson');
      await writeStory(path);
      const line = '{"n":99,"at":1700000000000,"t":"cycle-started","cycle":9}';
      await appendFile(path, line.slice(0, left));
      const { events, torn } = await read(path);
      expect(events).toHaveLength(story.length);
      expect(torn).toMatchObject([{ line: story.length + 1, text: line.slice(0, left) }]);
    },
  );

  it('that is torn in the middle of a character is read up to there', async () => {
    await using directory = await temporaryDirectory();
    const path = join(directory.path, 'journal.ndjson');
    await writeStory(path);
    await appendFile(path, Buffer.from('{"t":"ü').subarray(0, -1));
    const { events, torn } = await read(path);
    expect([events.length, torn.length]).toEqual([story.length, 1]);
  });

  it.each<[string, (lines: Buffer[]) => Buffer[], number, RegExp]>([
    ['no JSON in the middle', (lines) => lines.toSpliced(4, 1, Buffer.from('{"n":5,"at":1,')), 5, /not JSON.*damaged/],
    ['NUL bytes in the middle', (lines) => lines.toSpliced(4, 1, Buffer.alloc(64)), 5, /not JSON.*damaged/],
    ['an empty line', (lines) => lines.toSpliced(4, 0, Buffer.alloc(0)), 5, /not JSON/],
    ['a line lost', (lines) => lines.toSpliced(4, 1), 5, /event 6 stands where event 5 should/],
    ['a line twice', (lines) => lines.toSpliced(4, 0, ...lines.slice(3, 4)), 5, /event 4 stands where event 5 should/],
    ['its head cut off', (lines) => lines.slice(2), 1, /event 3 stands where event 1 should/],
    [
      'bytes that are no UTF-8, inside a string that JSON would take',
      (lines) =>
        lines.map((line, index) =>
          index === 4 ? Buffer.from(line.toString('latin1').replace('"t":"', '"t":"\xff'), 'latin1') : line,
        ),
      5,
      /not UTF-8/,
    ],
    [
      'an event of a foreign kind',
      (lines) => lines.toSpliced(4, 1, Buffer.from('{"n":5,"at":1,"t":"coffee"}')),
      5,
      /not a journal event/,
    ],
    [
      'an event with a key too many',
      (lines) => lines.toSpliced(4, 1, Buffer.from('{"n":5,"at":1,"t":"cycle-started","cycle":1,"mood":"good"}')),
      5,
      /not a journal event.*mood/,
    ],
  ])('with %s says where and what', async (_what, harm, line, message) => {
    await using directory = await temporaryDirectory();
    const path = join(directory.path, 'journal.ndjson');
    await damaged(path, harm);
    const { events, error } = await failureOf(path);
    expect(error).toBeInstanceOf(JournalReadError);
    expect(String(error)).toContain(`${path}:${line}:`);
    expect(String(error)).toMatch(message);
    expect(events).toBe(line - 1);
  });

  it('of another version is refused by its version', async () => {
    await using directory = await temporaryDirectory();
    const path = join(directory.path, 'journal.ndjson');
    await damaged(path, (lines) =>
      lines.map((line) => Buffer.from(line.toString('latin1').replace('"version":2', '"version":3'), 'latin1')),
    );
    expect(String((await failureOf(path)).error)).toMatch(
      /journal version 3, this comeback reads versions 1 and 2; use the comeback that wrote it/,
    );
  });

  it('that does not exist is a usage error, not a crash', async () => {
    const { error } = await failureOf('/nowhere/journal.ndjson');
    expect(error).toMatchObject({ code: 'JOURNAL_UNREADABLE', exitCode: 2 });
  });
});
