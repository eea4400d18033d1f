import { appendFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { NotARunError } from '../judge/errors.ts';
import { deadConfig, SyntheticJournal } from '../judge/synthetic-journal.ts';
import { fiveFunctions, judged, usb } from '../test/judged-journal.ts';
import { storeRun } from '../test/stored-run.ts';
import { temporaryDirectory } from '../test/temporary-directory.ts';
import { junitOf } from './junit.ts';
import { ReportWriteError, runFiles, writeReports } from './write-reports.ts';

const story = new SyntheticJournal(fiveFunctions)
  .begin()
  .cycle()
  .cycle({ health: { after: [{ address: usb, change: { config: deadConfig } }] } })
  .cycle({ reboot: { from: 'after', bootId: 'boot-2' } })
  .finish().events;

describe('the reports of a run', () => {
  it('say what the judge says of the events in memory', async () => {
    await using directory = await temporaryDirectory();
    await storeRun(directory.path, story);
    const { judgement, files } = await writeReports(directory.path);
    expect(judgement).toEqual(judged(story));
    expect(files).toEqual(runFiles(directory.path));
    expect(await readFile(files.junit, 'utf8')).toBe(
      junitOf(judged(story), { attachments: [files.html, files.journal] }),
    );
  });

  it('are the same bytes from the same journal, wherever it lies, and leave nothing else behind', async () => {
    await using here = await temporaryDirectory();
    await using there = await temporaryDirectory();
    const written: string[][] = [];
    for (const { path } of [here, here, there]) {
      if (written.length !== 1) await storeRun(path, story);
      const { files } = await writeReports(path);
      const junit = await readFile(files.junit, 'utf8');
      // Only the paths of its attachments say where it lies.
      const page = await readFile(files.html, 'utf8');
      written.push([junit.replaceAll(`|${path}/`, '|'), page, await readFile(files.summary, 'utf8')]);
      expect((await readdir(path)).sort()).toEqual(['index.html', 'journal.ndjson', 'junit.xml', 'summary.json']);
    }
    expect(written[1]).toEqual(written[0]);
    expect(written[2]).toEqual(written[0]);
  });

  it('have a summary that a script can read', async () => {
    await using directory = await temporaryDirectory();
    await storeRun(directory.path, story);
    const { files } = await writeReports(directory.path);
    expect(JSON.parse(await readFile(files.summary, 'utf8'))).toMatchObject({
      run: 'synthetic',
      outcome: 'fail',
      cycles: 3,
      hostReboots: 1,
      bootId: 'boot-2',
      reports: { journal: 'journal.ndjson', html: 'index.html', junit: 'junit.xml', summary: 'summary.json' },
    });
  });

  it('take a torn last line for what it is: never acknowledged', async () => {
    await using directory = await temporaryDirectory();
    await storeRun(directory.path, story.slice(0, -1));
    await appendFile(runFiles(directory.path).journal, '{"n":99,"at":1,"t":"run-fin');
    const { judgement } = await writeReports(directory.path);
    expect(judgement).toEqual(judged(story.slice(0, -1)));
  });

  it('are left as they were where the journal turns out to be damaged', async () => {
    await using directory = await temporaryDirectory();
    const { journal, junit } = runFiles(directory.path);
    await storeRun(directory.path, story);
    await writeFile(junit, 'the old report');
    await appendFile(journal, 'not JSON\n');
    await expect(writeReports(directory.path)).rejects.toMatchObject({ code: 'JOURNAL_UNREADABLE' });
    expect(await readFile(junit, 'utf8')).toBe('the old report');
  });

  it.each(['', '{"n":1,"at":1,"t":"intervention","act":"edge-read"}\n', '{"n":1,"at":'])(
    'do not exist for a file that is no run (%j)',
    async (text) => {
      await using directory = await temporaryDirectory();
      const { journal } = runFiles(directory.path);
      await writeFile(journal, text);
      const failure = await writeReports(directory.path).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(NotARunError);
      expect(String(failure)).toContain(journal);
    },
  );

  it('that cannot be written say what to do, and leave no half file', async () => {
    await using directory = await temporaryDirectory();
    const { junit } = runFiles(directory.path);
    await storeRun(directory.path, story);
    await mkdir(junit);
    const failure = await writeReports(directory.path).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ReportWriteError);
    expect(String(failure)).toMatch(/junit\.xml.*comeback report/);
    expect((await readdir(directory.path)).sort()).toEqual(['journal.ndjson', 'junit.xml']);
  });
});
