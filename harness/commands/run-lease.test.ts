import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { temporaryDirectory } from '../test/temporary-directory.ts';
import { holdRun, isUnderWay } from './run-lease.ts';

it('one process has a run, and another one after it', async () => {
  await using directory = await temporaryDirectory();
  expect(await isUnderWay(directory.path)).toBe(false);
  {
    await using _lease = await holdRun(directory.path);
    expect(await isUnderWay(directory.path)).toBe(true);
    await expect(holdRun(directory.path)).rejects.toMatchObject({ code: 'RUN_UNDER_WAY', exitCode: 4 });
  }
  expect(await isUnderWay(directory.path)).toBe(false);
});

it('a process that is killed has it no more, and what it leaves in the way keeps nobody out', async () => {
  await using directory = await temporaryDirectory();
  const module = new URL('run-lease.ts', import.meta.url).href;
  const script = `import { holdRun } from ${JSON.stringify(module)}; await holdRun(process.argv[1]); console.log('held');`;
  const holder = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script, directory.path]);
  await once(holder.stdout, 'data');
  expect(await isUnderWay(directory.path)).toBe(true);
  holder.kill('SIGKILL');
  await once(holder, 'close');
  expect(await isUnderWay(directory.path)).toBe(false);
  await using _lease = await holdRun(directory.path);
  expect(await isUnderWay(directory.path)).toBe(true);
});
