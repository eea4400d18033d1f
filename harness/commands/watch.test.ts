import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../clock.ts';
import type { JournalEvent } from '../journal/events.ts';
import { JournalWriter } from '../journal/writer.ts';
import { comeback, startComeback } from '../test/comeback-process.ts';
import { storeRun } from '../test/stored-run.ts';
import { temporaryDirectory } from '../test/temporary-directory.ts';
import { hostileRun, liveRuns } from '../watch/fixtures/live-runs.ts';
import { holdRun } from './run-lease.ts';

const run = '2026-01-01T22-00-00Z-elysium';
const oneCycle = liveRuns['one cycle'].events;
const firstOfCycle = oneCycle.findIndex(({ t }) => t === 'cycle-started');

/** A run in the middle of which one begins to look; whoever says so lets it go on. */
async function runUnderWay(reports: string) {
  const directory = join(reports, run);
  await storeRun(directory, oneCycle.slice(0, firstOfCycle));
  const lease = await holdRun(directory);
  const journal = await JournalWriter.resume(join(directory, 'journal.ndjson'), systemClock, {}, () => undefined);
  const append = async (events: readonly JournalEvent[]): Promise<void> => {
    for (const event of events) await journal.append(event);
  };
  return {
    goOn: () => append(oneCycle.slice(firstOfCycle, -1)),
    end: async () => {
      await append(oneCycle.slice(-1));
      await journal[Symbol.asyncDispose]();
      await lease[Symbol.asyncDispose]();
    },
  };
}

describe('comeback watch, where no terminal is', () => {
  it('says how far the run is, then what happens, and keeps the textfile; it ends with the run', async () => {
    await using reports = await temporaryDirectory();
    const textfile = join(reports.path, 'comeback.prom');
    const live = await runUnderWay(reports.path);
    const watching = startComeback(['watch', '--reports', reports.path, '--textfile', textfile]);
    await watching.saysOnStdout('no cycle yet  ready for the first cycle');
    await live.goOn();
    await watching.saysOnStdout('cycle 1/1: pass (every function came back)');
    await live.end();

    const { exitCode, stdout, stderr } = await watching.ended;
    expect(exitCode, stderr).toBe(0);
    expect(stdout).toMatch(/^2026-01-01T22-00-00Z-elysium {2}under way .*\n.* s {2}cycle 1\/1: starting the VM\n/s);
    expect(stdout).not.toContain('\u001b');
    const metrics = await readFile(textfile, 'utf8');
    expect(metrics).toContain('comeback_cycles_total{host="elysium",outcome="pass"} 1\n');
    expect(metrics).toContain('comeback_run_state{host="elysium",state="over"} 1\n');
  });

  it('gives machines a state a line', async () => {
    await using reports = await temporaryDirectory();
    const live = await runUnderWay(reports.path);
    const watching = startComeback(['watch', run, '--reports', reports.path, '--json']);
    await watching.saysOnStdout('"cycle":0');
    await live.goOn();
    await watching.saysOnStdout('"pass":1');
    await live.end();

    const { exitCode, stdout, stderr } = await watching.ended;
    expect(exitCode, stderr).toBe(0);
    const states = stdout
      .trimEnd()
      .split('\n')
      .map((line): unknown => JSON.parse(line));
    expect(states[0]).toMatchObject({ run, standing: 'under-way', cycle: 0, plan: { cycles: 1 } });
    expect(states.at(-1)).toMatchObject({ standing: 'over', outcomes: { pass: 1 }, end: { outcome: 'pass' } });
  });
});

describe('comeback watch after the fact', () => {
  it.each<[string, readonly JournalEvent[], number, RegExp]>([
    [
      'whose controller died',
      liveRuns['under way, one lost'].events.slice(0, 300),
      3,
      /its controller died in or after cycle 25/,
    ],
    ['in which everything was tried on us', hostileRun(), 1, /<script>alert\(1\)<\/script>/],
  ])('ends with the exit code of a run %s', async (_what, events, exitCode, words) => {
    await using reports = await temporaryDirectory();
    await storeRun(join(reports.path, run), events);
    const result = await comeback(['watch', '--reports', reports.path]);
    expect(result.exitCode, result.stderr).toBe(exitCode);
    expect(result.stdout).toMatch(words);
    expect(result.stdout.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
  });

  it('stays with --web until it is told to end', async () => {
    await using reports = await temporaryDirectory();
    await storeRun(join(reports.path, run), oneCycle);
    const watching = startComeback([
      'watch',
      '--reports',
      reports.path,
      '--web',
      '--token-file',
      join(reports.path, '.token'),
    ]);
    await watching.saysOnStdout('/metrics?token=');
    const token = (await readFile(join(reports.path, '.token'), 'utf8')).trim();
    watching.kill('SIGINT');
    const { exitCode, stdout, stderr } = await watching.ended;
    expect(exitCode, stderr).toBe(130);
    expect(stdout).toMatch(new RegExp(String.raw`^Live page: http://127\.0\.0\.1:\d+/\?token=${token}\n`));
  });
});
