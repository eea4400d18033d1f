import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryDirectory } from '../../test/temporary-directory.ts';
import { commandConsole } from './command-source.ts';

const isRunning = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

it('hears what a program said that ended before anybody listened', async () => {
  await using directory = await temporaryDirectory();
  const script = `echo $$ > "$0/pid"; echo 'session closed'`;
  await using stream = await commandConsole(['sh', '-c', script, directory.path]).open(new AbortController().signal);
  const pid = async (): Promise<number> => Number(await readFile(join(directory.path, 'pid'), 'utf8').catch(() => ''));
  await expect.poll(async () => (await pid()) > 0 && !isRunning(await pid()), { timeout: 5000 }).toBe(true);
  // Its end has been told to Node by now, and what follows from it.
  for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  let heard = '';
  for await (const chunk of stream.chunks) if (chunk instanceof Buffer) heard += chunk.toString();
  expect(heard).toBe('session closed\n');
});
