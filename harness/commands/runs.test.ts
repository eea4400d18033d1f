import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { RunJournal } from '../cycle/run-journal.ts';
import { writeReports } from '../report/write-reports.ts';
import { comeback, type CommandResult } from '../test/comeback-process.ts';
import { runCommand } from '../test/in-process-command.ts';
import { begun, change, dead, judged, usb } from '../test/judged-journal.ts';
import { keepRun } from '../test/kept-run.ts';
import { temporaryDirectory } from '../test/temporary-directory.ts';
import { holdRun } from './run-lease.ts';
import { runsCommand } from './runs.ts';
import { briefRun, storedRun } from './stored-runs.ts';

const clean = begun(2).cycle().cycle().finish().events;
const lost = begun(2).cycle().cycle(change(usb, dead)).finish().events;
const killed = begun(9).cycle(change(usb, dead)).events;
const parked = begun(9).cycle().append({ t: 'run-finished', reason: 'parked' }).events;

const names = {
  old: '2025-01-01T00-00-00Z-elysium',
  failed: '2025-01-02T00-00-00Z-elysium',
  other: '2025-01-03T00-00-00Z-virtual',
  killed: '2025-01-04T00-00-00Z-elysium',
  parked: '2025-01-05T00-00-00Z-elysium',
} as const;

/** Reports with one run of each kind. */
async function kept() {
  const reports = await temporaryDirectory();
  await keepRun(reports.path, names.old, clean);
  await writeReports(await keepRun(reports.path, names.failed, lost));
  await keepRun(reports.path, names.other, clean);
  await keepRun(reports.path, names.killed, killed);
  await keepRun(reports.path, names.parked, parked);
  return reports;
}

const run = (reports: string, ...args: readonly string[]): Promise<CommandResult> =>
  runCommand(runsCommand(), [...args, '--reports', reports]);

const listed = z.object({
  runs: z.array(z.object({ run: z.string(), outcome: z.string(), isUnfinished: z.boolean() })),
});
const runsIn = ({ stdout }: CommandResult): string[] => listed.parse(JSON.parse(stdout)).runs.map((one) => one.run);

describe('runs list', () => {
  it('has the newest first, with host, cell, cycles, outcome, losses and size', async () => {
    await using reports = await kept();
    await using _lease = await holdRun(join(reports.path, names.other));
    const { stdout, exitCode } = await run(reports.path, 'list');
    expect(exitCode).toBe(0);
    const cell = 'BIOS 1, Linux 1';
    const size = String.raw`\d+\.\d KiB`;
    expect(stdout.split('\n').map((line) => line.replaceAll(/ {2,}/g, ' | '))).toEqual([
      'RUN | HOST | CELL | CYCLES | OUTCOME | LOST | SIZE',
      expect.stringMatching(`^${names.parked} \\| elysium \\| ${cell} \\| 1/9 \\| parked \\| - \\| ${size}$`),
      expect.stringMatching(`^${names.killed} .* 1/9 \\| fail, unfinished \\| USB 2c:00.3 in 1 \\| ${size}$`),
      expect.stringMatching(`^${names.other} \\| virtual .* 2/2 \\| under way \\| - \\| ${size}$`),
      expect.stringMatching(`^${names.failed} .* 2/2 \\| fail \\| USB 2c:00.3 in 1 \\| ${size}$`),
      expect.stringMatching(`^${names.old} .* 2/2 \\| pass \\| - \\| ${size}$`),
      '',
    ]);
  });

  it('has those of a host, those that failed, and so many', async () => {
    await using reports = await kept();
    const list = async (...args: string[]): Promise<string[]> =>
      runsIn(await run(reports.path, 'list', '--json', ...args));
    expect(await list('--host', 'virtual')).toEqual([names.other]);
    expect(await list('--failed')).toEqual([names.killed, names.failed]);
    expect(await list('--limit', '2')).toEqual([names.parked, names.killed]);
    expect(await list('--host', 'elysium', '--failed', '--limit', '1')).toEqual([names.killed]);
    const none = await run(reports.path, 'list', '--host', 'nobody');
    expect([none.exitCode, none.stdout, none.stderr]).toEqual([0, '', expect.stringContaining('no such run')]);
  });

  it('shows what cannot be read, and is not misled by what it says', async () => {
    await using reports = await kept();
    const damaged = join(reports.path, '2025-02-01T00-00-00Z-elysium');
    await mkdir(damaged);
    await writeFile(join(damaged, 'journal.ndjson'), '\u001b[2J\nno journal\n');
    const { stdout } = await run(reports.path, 'list');
    expect(stdout).toMatch(/^2025-02-01T00-00-00Z-elysium .* unreadable/m);
    expect(stdout).not.toContain('\u001b');
    expect(stdout).toContain(names.old);
  });

  it('takes the summary where the journal was not written to since, else the journal', async () => {
    await using reports = await temporaryDirectory();
    const directory = await keepRun(reports.path, names.failed, lost);
    const { files } = await writeReports(directory);
    await writeFile(files.summary, (await readFile(files.summary, 'utf8')).replace('"fail"', '"pass"'));
    const outcome = async (): Promise<unknown> => {
      const stored = await storedRun(directory);
      const told = stored && (await briefRun(stored));
      return told !== undefined && 'brief' in told ? told.brief.outcome : undefined;
    };
    expect(await outcome()).toBe('pass');
    await writeFile(files.journal, await readFile(files.journal));
    expect(await outcome()).toBe('fail');
  });

  it('counts a long run by its last segment as by all of them', async () => {
    await using reports = await temporaryDirectory();
    const directory = join(reports.path, names.failed);
    await mkdir(directory);
    const story = begun(30);
    for (let cycle = 1; cycle <= 30; cycle += 1) story.cycle(cycle % 7 === 0 ? change(usb, dead) : {});
    const events = story.finish().events;
    const times = events.map(({ at }) => at);
    {
      const clock = { nowMs: () => times.shift() ?? 0, sleep: () => Promise.resolve() };
      await using journal = await RunJournal.create(join(directory, 'journal.ndjson'), clock, { segmentBytes: 20_000 });
      for (const event of events) await journal.writer.append(event);
    }
    expect((await readdir(directory)).length).toBeGreaterThan(1);
    const stored = await storedRun(directory);
    const whole = judged(events);
    expect(stored && (await briefRun(stored))).toMatchObject({
      brief: {
        cycleOutcomes: whole.cycles,
        outcome: 'fail',
        beganAtMs: whole.start.at,
        functions: [...whole.functions].map(([address, { counts }]) => ({ address, lost: counts.lost })),
      },
    });
  });
});

describe('runs show and compare', () => {
  it('say what one run came to, and how it is gone on with, and write nothing', async () => {
    await using reports = await kept();
    const { stdout, exitCode } = await run(reports.path, 'show', 'last-failed');
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`Run ${names.killed}\n`);
    expect(stdout).toContain(`comeback soak --resume ${names.killed} --reports ${reports.path}`);
    expect(stdout).toMatch(/^FAIL: 1 of 9 cycles on elysium/m);
    expect(await readdir(join(reports.path, names.killed))).toEqual(['journal.ndjson']);
    const shown = await run(reports.path, 'show', names.failed, '--json');
    expect(JSON.parse(shown.stdout)).toMatchObject({ outcome: 'fail', summary: { run: names.failed, cycles: 2 } });
  });

  it('say how two runs differ, and of which nothing can be said', async () => {
    await using reports = await kept();
    const text = await run(reports.path, 'compare', names.failed, names.other);
    expect(text.stdout).toMatch(/host: elysium against virtual[\s\S]*USB 2c:00\.3 failed 1 of 2 against 0 of 2/);
    const json = await run(reports.path, 'compare', names.failed, names.other, '--json');
    expect(JSON.parse(json.stdout)).toMatchObject({
      runs: [{ run: names.failed }, { run: names.other }],
      differences: [{ what: 'host', one: 'elysium', other: 'virtual' }],
      comparison: expect.arrayContaining([
        expect.objectContaining({ address: usb, conclusion: 'not-shown' }),
      ]) as unknown,
    });
    expect((await run(reports.path, 'compare', names.failed, 'nothing')).exitCode).toBe(2);
  });
});

describe('runs prune', () => {
  it('deletes what is old, not what is under way, can be gone on with, is no run or lies elsewhere', async () => {
    await using reports = await kept();
    await using elsewhere = await temporaryDirectory();
    const precious = await keepRun(elsewhere.path, '2025-01-01T00-00-01Z-elysium', clean);
    await symlink(precious, join(reports.path, '2025-01-01T00-00-01Z-elysium'));
    await keepRun(reports.path, '2025-01-06T00-00-00Z-elysium', clean);
    await mkdir(join(reports.path, '.2024-01-01T00-00-00Z-elysium.pruned'));
    await mkdir(join(reports.path, 'notes'));
    await using _lease = await holdRun(join(reports.path, names.other));

    const dry = await run(reports.path, 'prune', '--older-than', '30d', '--keep', '1', '--keep-failed', '--dry-run');
    expect(dry.stdout).toMatch(new RegExp(`would delete ${names.old} \\(.* KiB\\)\n1 run would be deleted, .* freed`));
    const unasked = await comeback(['runs', 'prune', '--older-than', '30d', '--reports', reports.path]);
    expect([unasked.exitCode, unasked.stderr]).toEqual([2, expect.stringContaining('--yes')]);
    expect(await readdir(join(reports.path, names.old))).toEqual(['journal.ndjson']);

    const { stdout, exitCode } = await run(reports.path, 'prune', '--older-than', '30d', '--keep', '1', '--yes');
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`kept ${names.other}: it is under way\n`);
    expect(stdout).toContain(`kept ${names.killed}: it can be gone on with (--unfinished)`);
    expect(stdout).toContain(`kept ${names.parked}: it is parked (--unfinished)`);
    expect(stdout).toMatch(/2 runs deleted, \d.* KiB freed\n$/);
    expect((await readdir(reports.path)).sort()).toEqual([
      ...['2025-01-01T00-00-01Z-elysium', names.other, names.killed, names.parked],
      ...['2025-01-06T00-00-00Z-elysium', 'notes'],
    ]);
    expect(await readdir(precious)).toEqual(['journal.ndjson']);

    const rest = await run(
      reports.path,
      'prune',
      '--older-than',
      '30d',
      '--unfinished',
      '--yes',
      '--json',
      '--host',
      'elysium',
    );
    expect(JSON.parse(rest.stdout)).toMatchObject({
      deleted: [{ run: '2025-01-06T00-00-00Z-elysium' }, { run: names.parked }, { run: names.killed }],
    });
  });

  it('wants to know which', async () => {
    await using reports = await temporaryDirectory();
    const none = await run(reports.path, 'prune', '--yes');
    expect([none.exitCode, none.stderr]).toEqual([2, expect.stringContaining('--keep NUMBER')]);
  });
});
