import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../clock.ts';
import { JournalWriter } from '../journal/writer.ts';
import { NotARunError } from '../judge/errors.ts';
import { storeRun } from '../test/stored-run.ts';
import { temporaryDirectory } from '../test/temporary-directory.ts';
import { liveRuns } from './fixtures/live-runs.ts';
import { type WatchedRun, watchRun } from './watch-run.ts';

const { events } = liveRuns['one cycle'];

function watched(directory: string, change: Partial<WatchedRun> = {}): WatchedRun {
  return {
    ...{ journal: join(directory, 'journal.ndjson'), clock: systemClock, signal: new AbortController().signal },
    ...{ isUnderWay: () => Promise.resolve(false), lookAgainMs: 1, ...change },
  };
}

describe('watching a run', () => {
  it('never takes a run for dead that ended between a look at its journal and one at its controller', async () => {
    await using directory = await temporaryDirectory();
    await storeRun(directory.path, events.slice(0, -1));
    let asked = 0;
    const isUnderWay = async (): Promise<boolean> => {
      asked += 1;
      if (asked === 2) {
        await using journal = await JournalWriter.resume(
          join(directory.path, 'journal.ndjson'),
          systemClock,
          {},
          () => undefined,
        );
        await journal.append({ t: 'run-finished', reason: 'cycles-done' });
      }
      return asked === 1;
    };
    const standings: string[] = [];
    const last = await watchRun(watched(directory.path, { isUnderWay }), [
      { view: ({ standing }) => void standings.push(standing) },
    ]);
    expect(standings).toEqual(['under-way', 'over']);
    expect(last?.end).toMatchObject({ outcome: 'pass' });
  });

  it('tells what was there before as old, and the rest as it comes', async () => {
    await using directory = await temporaryDirectory();
    await storeRun(directory.path, events.slice(0, 4));
    const told: string[] = [];
    let alive = true;
    await watchRun(watched(directory.path, { isUnderWay: () => Promise.resolve(alive) }), [
      {
        event: (event, judgement, isOld) =>
          void told.push(`${event.t}${isOld ? ', old' : ''}${judgement === undefined ? '' : `, ${judgement.outcome}`}`),
        view: async ({ lastEvent }) => {
          if (lastEvent > 4) return;
          alive = false;
          await using journal = await JournalWriter.resume(
            join(directory.path, 'journal.ndjson'),
            systemClock,
            {},
            () => undefined,
          );
          for (const event of events.slice(4)) await journal.append(event);
        },
      },
    ]);
    expect(told.slice(0, 5)).toEqual([
      'run-started, old',
      'host-identified, old',
      'cell-started, old',
      'edge, old',
      'cycle-started',
    ]);
    expect(told.slice(-2)).toEqual(['cycle-finished, pass', 'run-finished']);
  });

  it('stays with a run that is over until it is told to leave it', async () => {
    await using directory = await temporaryDirectory();
    await storeRun(directory.path, events);
    let asked = 0;
    const isLeft = (): Promise<boolean> => Promise.resolve((asked += 1) === 3);
    let shown = 0;
    await watchRun(watched(directory.path, { isLeft }), [{ view: () => void (shown += 1) }]);
    expect([asked, shown]).toEqual([3, 3]);
  });

  it('says so where a journal tells of no run', async () => {
    await using directory = await temporaryDirectory();
    await mkdir(join(directory.path, 'empty'));
    await expect(watchRun(watched(join(directory.path, 'empty')), [])).rejects.toThrow(NotARunError);
  });
});
