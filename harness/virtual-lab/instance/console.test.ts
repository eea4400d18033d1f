import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { systemClock } from '../../clock.ts';
import { consoleLines, follow } from './console.ts';

test('a console is read without its colours and cursor movements', () => {
  const text =
    '[    1.0] Linux\r\n\u001b[K[\u001b[0;32m  OK  \u001b[0m] Started \u001b[0;1;39mssh\u001b[0m.\r\n\r\n\u001bM\rlast';
  expect(consoleLines(text)).toEqual(['[    1.0] Linux', '[  OK  ] Started ssh.', 'last']);
});

test('a file is followed from before it exists until nobody wants it any more', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'comeback-console-'));
  const path = join(directory, 'console.log');
  const stop = new AbortController();
  const seen: string[] = [];
  const reading = (async () => {
    for await (const text of follow(path, systemClock, stop.signal, true)) seen.push(text);
  })();
  await appendFile(path, 'one');
  await expect.poll(() => seen.join('')).toBe('one');
  await appendFile(path, ' two');
  await expect.poll(() => seen.join('')).toBe('one two');
  stop.abort(new Error('enough'));
  await expect(reading).rejects.toThrow('enough');
  await rm(directory, { recursive: true });
});
