import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { withFileLock } from './file-lock.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'comeback-lock-'));
});
afterEach(async () => {
  await rm(directory, { recursive: true });
});

const never = new AbortController().signal;
const nothing = (): void => undefined;

describe('a file lock', () => {
  test('lets one in at a time', async () => {
    const path = join(directory, 'deep', 'lock');
    let inside = 0;
    const visit = async (): Promise<void> => {
      inside += 1;
      expect(inside).toBe(1);
      await new Promise((resolve) => setImmediate(resolve));
      inside -= 1;
    };
    await Promise.all([1, 2, 3].map(() => withFileLock(path, never, nothing, visit)));
  });

  test('is free again after a failure', async () => {
    const path = join(directory, 'lock');
    const fail = (): Promise<never> => Promise.reject(new Error('failed inside'));
    await expect(withFileLock(path, never, nothing, fail)).rejects.toThrow('failed inside');
    expect(await withFileLock(path, never, nothing, () => Promise.resolve('in'))).toBe('in');
  });

  test('can be waited for in vain', async () => {
    const path = join(directory, 'lock');
    await withFileLock(path, never, nothing, async () => {
      const giveUp = new AbortController();
      const onWait = (): void => giveUp.abort(new Error('given up'));
      const never2 = (): Promise<never> => Promise.reject(new Error('both are in'));
      await expect(withFileLock(path, giveUp.signal, onWait, never2)).rejects.toThrow('given up');
    });
  });
});
