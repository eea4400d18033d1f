import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { comeback } from '../test/comeback-process.ts';
import { listen } from '../test/http-listener.ts';
import { runCommand } from '../test/in-process-command.ts';
import { TwinBench } from '../test/twin-bench.ts';
import { startTwin } from '../twin/twin.ts';
import { notifyCommand } from './notify.ts';

const told = z.object({ event: z.string(), host: z.string(), title: z.string(), outcome: z.string().nullable() });

it('a run tells of its end, is not held up by who does not listen, and a test can be sent', async () => {
  await using twin = await startTwin();
  await using hanging = await listen(() => 'never');
  await using bench = await TwinBench.create(twin);
  const program = join(bench.folder, 'tell');
  await writeFile(program, '#!/bin/sh\ncat >> "$(dirname "$0")/told"\n');
  await chmod(program, 0o755);
  await bench.describe(twin, {
    notify: [
      { kind: 'command', run: [program] },
      { kind: 'webhook', url: `${hanging.origin}/s3cret`, timeoutMs: 200 },
    ],
  });

  const { exitCode, stderr, stdout } = await comeback([...bench.soakArgs, '--cycles', '1', '--json']);

  expect([exitCode, JSON.parse(stdout)], stderr).toMatchObject([0, { outcome: 'pass' }]);
  expect(stderr).toMatch(/^notify\[1\] \(webhook\) was not told of "ended": Waited 0\.2 s for .* in vain\.$/m);
  expect(stderr).not.toContain('s3cret');
  expect(JSON.stringify(await bench.lastEvents())).not.toContain('notify');

  const test = await runCommand(notifyCommand(), ['--test', ...bench.hostArgs]);
  expect([test.exitCode, test.stdout]).toEqual([
    3,
    expect.stringMatching(/^notify\[0\] \(command\), on lost, .*: sent\nnotify\[1\] .*: NOT SENT, Waited 0\.2 s/),
  ]);
  const lines = (await readFile(join(bench.folder, 'told'), 'utf8')).trim().split('\n');
  expect(lines.map((line) => told.parse(JSON.parse(line)))).toMatchObject([
    { event: 'ended', host: 'twin', title: 'twin: PASS after 1 cycle', outcome: 'pass' },
    { event: 'test', host: 'twin', outcome: null },
  ]);

  await bench.describe(twin, {});
  const nobody = await runCommand(notifyCommand(), ['--test', ...bench.hostArgs]);
  expect([nobody.exitCode, nobody.stderr]).toEqual([2, expect.stringContaining('has no "notify"')]);
});
