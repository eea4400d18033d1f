import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runCommand } from '../test/in-process-command.ts';
import { begun, change, dead, usb } from '../test/judged-journal.ts';
import { keepRun } from '../test/kept-run.ts';
import { temporaryDirectory } from '../test/temporary-directory.ts';
import { reportCommand } from './report.ts';

async function kept() {
  const reports = await temporaryDirectory();
  await keepRun(reports.path, '2025-01-01T00-00-00Z-elysium', begun(2).cycle().cycle().finish().events);
  await keepRun(reports.path, '2025-01-01T08-00-00Z-elysium', begun(1).cycle(change(usb, dead)).finish().events);
  await keepRun(reports.path, '2025-01-02T00-00-00Z-virtual', begun(1).cycle().finish().events);
  return reports;
}

it('report --matrix prints one grid over the runs of a day or a host, and writes no report', async () => {
  await using reports = await kept();
  const report = (...args: readonly string[]) => runCommand(reportCommand(), [...args, '--reports', reports.path]);
  const day = await report('2025-01-01', '--matrix');
  expect([day.exitCode, day.stdout]).toEqual([0, expect.stringContaining('| 1/3: 33.3 % ')]);
  expect(await readdir(join(reports.path, '2025-01-01T00-00-00Z-elysium'))).toEqual(['journal.ndjson']);
  const host = await report('all', '--host', 'virtual', '--matrix', '--json');
  expect(JSON.parse(host.stdout)).toMatchObject({
    boards: [{ host: 'virtual', runs: ['2025-01-02T00-00-00Z-virtual'] }],
  });
  const none = await report('2025-01-01', '--host', 'virtual', '--matrix');
  expect([none.exitCode, none.stderr]).toEqual([2, expect.stringContaining('of the host virtual')]);
});

it('report --matrix-out writes files by their endings, and tells of what it could not read', async () => {
  await using reports = await kept();
  const damaged = '2025-01-03T00-00-00Z-elysium';
  await mkdir(join(reports.path, damaged));
  await writeFile(join(reports.path, damaged, 'journal.ndjson'), 'no journal\n');
  const files = ['matrix.md', 'matrix.HTML', 'matrix.csv'].map((name) => join(reports.path, name));
  const args = ['all', '--reports', reports.path, ...files.flatMap((file) => ['--matrix-out', file])];
  const { exitCode, stdout, stderr } = await runCommand(reportCommand(), args);
  expect([exitCode, stdout]).toEqual([0, '']);
  expect(stderr.match(/^Matrix: /gm)).toHaveLength(3);
  const [md, html, csv] = await Promise.all(files.map((file) => readFile(file, 'utf8')));
  expect(md).toMatch(/Left out:\n\n- 2025-01-03T00-00-00Z-elysium: .*not JSON/);
  expect(html).toMatch(/^<!DOCTYPE html>/);
  expect(csv).toMatch(/^board,host,role,.*\r\n/);
  const wrong = await runCommand(reportCommand(), ['all', '--reports', reports.path, '--matrix-out', 'matrix.pdf']);
  expect([wrong.exitCode, wrong.stderr]).toEqual([2, expect.stringContaining('.md, .html or .csv')]);
});
