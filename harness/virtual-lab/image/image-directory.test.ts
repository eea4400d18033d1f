import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { BuildContext } from './build-step.ts';
import { cachedDirectory } from './image-directory.ts';

let cache: string;
beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'comeback-cache-'));
});
afterEach(async () => {
  await rm(cache, { recursive: true });
});

const context: BuildContext = { progress: () => undefined, signal: new AbortController().signal };
const entries = async (): Promise<string[]> => (await readdir(cache)).filter((entry) => entry !== 'lock');

describe('a directory of the cache', () => {
  test('is built once', async () => {
    let builds = 0;
    const build = async (directory: string): Promise<void> => {
      builds += 1;
      await writeFile(join(directory, 'file'), 'whole');
    };
    await cachedDirectory(cache, 'a', false, context, build);
    const path = await cachedDirectory(cache, 'a', false, context, build);
    expect(await readFile(join(path, 'file'), 'utf8')).toBe('whole');
    expect(builds).toBe(1);
    await cachedDirectory(cache, 'a', true, context, build);
    expect(builds).toBe(2);
  });

  test('is built once by two who want it at the same time', async () => {
    let builds = 0;
    let waits = 0;
    const patient: BuildContext = { ...context, progress: () => (waits += 1) };
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    const build = async (): Promise<void> => {
      builds += 1;
      await released;
    };
    const both = [
      cachedDirectory(cache, 'a', false, patient, build),
      cachedDirectory(cache, 'a', false, patient, build),
    ];
    await expect.poll(() => waits).toBe(1);
    release();
    expect(await Promise.all(both)).toEqual([join(cache, 'a'), join(cache, 'a')]);
    expect(builds).toBe(1);
  });

  test('leaves nothing behind when its build fails or is called off', async () => {
    const build = async (directory: string): Promise<void> => {
      await writeFile(join(directory, 'half'), '');
      throw new Error('no space');
    };
    await expect(cachedDirectory(cache, 'a', false, context, build)).rejects.toThrow('no space');
    expect(await entries()).toEqual([]);
  });

  test('clears away what a killed builder left', async () => {
    const build = (): Promise<void> => Promise.resolve();
    await cachedDirectory(cache, 'a', false, context, build);
    await mkdtemp(join(cache, 'unfinished-'));
    await cachedDirectory(cache, 'b', false, context, build);
    expect(await entries()).toEqual(['a', 'b']);
  });

  test('keeps the directories used last', async () => {
    const build = (): Promise<void> => Promise.resolve();
    for (const name of ['a', 'b', 'c']) await cachedDirectory(cache, name, false, context, build);
    await cachedDirectory(cache, 'a', false, context, build);
    await cachedDirectory(cache, 'd', false, context, build);
    expect(await entries()).toEqual(['a', 'c', 'd']);
  });
});
