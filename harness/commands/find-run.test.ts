import { mkdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { begun, change, dead, usb } from '../test/judged-journal.ts';
import { storeRun } from '../test/stored-run.ts';
import { temporaryDirectory } from '../test/temporary-directory.ts';
import { findRun, findRuns } from './find-run.ts';

const clean = begun().cycle().finish().events;
const lost = begun().cycle(change(usb, dead)).finish('interrupted').events;
const first = '2026-11-27T20-00-00Z-elysium';
const failed = '2026-11-28T01-00-00Z-elysium';
const newest = '2026-11-28T02-00-00Z-virtual';
let reports: Awaited<ReturnType<typeof temporaryDirectory>>;

beforeAll(async () => {
  reports = await temporaryDirectory();
  for (const [name, events] of Object.entries({ [first]: clean, [failed]: lost, [newest]: clean, night: clean })) {
    await storeRun(join(reports.path, name), events);
  }
  // By its journal it is older than all that have a date in their names.
  await utimes(join(reports.path, 'night', 'journal.ndjson'), 1000, 1000);
  await mkdir(join(reports.path, '2026-11-30T00-00-00Z-empty'));
  await writeFile(join(reports.path, '2026-11-30T00-00-00Z-file'), '');
});
afterAll(() => reports[Symbol.asyncDispose]());

describe('a run is found by', () => {
  it.each([
    ['its name', failed, failed],
    ['a name that has no date', 'night', 'night'],
    ['the beginning of its name', '2026-11-28T01', failed],
    ['the date, where it is the only one of it', '2026-11-27', first],
    ['"last"', 'last', newest],
    ['"last-failed", whatever ended it', 'last-failed', failed],
  ])('%s', async (_what, asked, run) => expect((await findRun(reports.path, asked)).run).toBe(run));

  it('its directory, wherever that is', async () => {
    const directory = join(reports.path, first);
    expect(await findRun('nowhere', `${directory}/`)).toMatchObject({ run: first, directory });
    expect(await findRun('nowhere', join(directory, '.'))).toMatchObject({ run: first, directory });
  });
});

describe('no run is found', () => {
  it.each([
    ['where it could be several', '2026-11-28', /could be 2026-11-28T02-00-00Z-virtual, 2026-11-28T01-.*say more/],
    ['by a name that none has', 'nigth', /no run "nigth".*newest are: 2026-11-28T02-00-00Z-virtual, .*night/],
    ['in a directory that holds none', '2026-11-30', /no run "2026-11-30"/],
    ['by no name', '', /no run ""/],
    ['outside of the reports by a name', '../x', /no run "\.\.\/x"/],
  ])('%s', async (_what, asked, words) => {
    await expect(findRun(reports.path, asked)).rejects.toMatchObject({ code: 'RUN_NOT_FOUND', exitCode: 2 });
    await expect(findRun(reports.path, asked)).rejects.toThrow(words);
  });

  it('where there is none, or none that failed', async () => {
    await using other = await temporaryDirectory();
    await expect(findRun(other.path, 'last')).rejects.toThrow(/There is no run in/);
    await storeRun(join(other.path, first), clean);
    await expect(findRun(other.path, 'last-failed')).rejects.toThrow(/lost a function/);
  });
});

describe('several runs are found', () => {
  const names = async (...asked: string[]): Promise<string[]> =>
    (await findRuns(reports.path, asked)).map(({ run }) => run);

  it('by a date, and all together, oldest first', async () => {
    expect(await names('2026-11-28')).toEqual([failed, newest]);
    expect(await names('all')).toEqual(['night', first, failed, newest]);
  });

  it('in the order in which they are named, none twice', async () => {
    expect(await names('last', first, '2026-11-28')).toEqual([newest, first, failed]);
  });

  it('only where each name tells which', async () => {
    await expect(names('night', '2026-11')).rejects.toThrow(/"2026-11" could be/);
    await expect(names('night', 'nigth')).rejects.toThrow(/no run "nigth"/);
  });
});
