import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../clock.ts';
import { temporaryDirectory } from '../../test/temporary-directory.ts';
import type { Wait } from '../../wait.ts';
import { ConsoleRecorder } from './recorder.ts';
import { unlessStuck } from './stuck.ts';

const panic = '[   12.0] Kernel panic - not syncing: Fatal exception';
const banner = '[    0.000000] Linux version 6.1.0-56-amd64 (debian-kernel@lists.debian.org) #1 SMP';
const wait: Wait = { timeoutMs: 600_000 };

/** A console that says what the test says. */
async function console(): Promise<
  { readonly recorder: ConsoleRecorder; says(line: string): Promise<void> } & AsyncDisposable
> {
  const directory = await temporaryDirectory();
  const wire = new PassThrough();
  const source = {
    description: 'a test',
    open: () => Promise.resolve({ chunks: wire, [Symbol.asyncDispose]: () => Promise.resolve() }),
  };
  const recorder = await ConsoleRecorder.start(source, { directory: directory.path, clock: systemClock });
  return {
    recorder,
    says: async (line) => {
      const { mark } = recorder;
      wire.write(`${line}\n`);
      await vi.waitUntil(() => recorder.mark > mark);
    },
    [Symbol.asyncDispose]: async () => {
      wire.end();
      await recorder[Symbol.asyncDispose]();
      await directory[Symbol.asyncDispose]();
    },
  };
}

/** An attempt that lasts until its wait is called off, or until the host is there. */
function attempt(): { readonly host: { comes(): void }; readonly run: (wait: Wait) => Promise<string> } {
  let come = (): void => undefined;
  const there = new Promise<string>((resolve) => (come = () => resolve('the host')));
  return {
    host: { comes: () => come() },
    run: async ({ signal }) =>
      await Promise.race([
        there,
        new Promise<never>((_resolve, reject) => {
          signal?.addEventListener('abort', () => reject(signal.reason as Error));
        }),
      ]),
  };
}

describe('waiting for a host whose console can be heard', () => {
  // Only the deadlines: what the recorder writes and reads goes on by itself.
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
  afterEach(() => void vi.useRealTimers());

  it.each([
    ['a kernel that died', panic],
    ['a boot loader that found no kernel', "error: file `/boot/vmlinuz-9.9' not found."],
    ['an initramfs without its root', 'ALERT! /dev/sda9 does not exist.  Dropping to a shell!'],
    ['emergency mode', 'You are in emergency mode. After logging in, type "journalctl -xb"'],
  ])('ends half a minute after %s, with its words', async (_what, line) => {
    await using heard = await console();
    const { run } = attempt();
    const waiting = unlessStuck(heard.recorder, heard.recorder.mark, wait, run);
    const outcome = vi.fn<(error: unknown) => void>();
    const settled = waiting.catch(outcome);
    await heard.says(line);
    await vi.advanceTimersByTimeAsync(29_000);
    expect(outcome).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(2_000);
    await settled;
    expect(outcome.mock.calls[0]?.[0]).toMatchObject({
      code: 'HOST_STUCK',
      message: expect.stringContaining(line) as unknown,
    });
  });

  it('goes on where the host reboots by itself, and ends at its next panic', async () => {
    await using heard = await console();
    const { run } = attempt();
    const outcome = vi.fn<(error: unknown) => void>();
    const settled = unlessStuck(heard.recorder, heard.recorder.mark, wait, run).catch(outcome);
    await heard.says(panic);
    await vi.advanceTimersByTimeAsync(20_000);
    await heard.says(banner);
    await vi.advanceTimersByTimeAsync(120_000);
    expect(outcome).not.toHaveBeenCalled();
    await heard.says(panic);
    await vi.advanceTimersByTimeAsync(31_000);
    await settled;
    expect(outcome).toHaveBeenCalledOnce();
  });

  it('has the host where it comes in spite of its last words, and leaves no wait behind', async () => {
    await using heard = await console();
    const { host, run } = attempt();
    const waiting = unlessStuck(heard.recorder, heard.recorder.mark, wait, run);
    await heard.says(panic);
    host.comes();
    expect(await waiting).toBe('the host');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('does not heed what the console said before', async () => {
    await using heard = await console();
    await heard.says(panic);
    const { host, run } = attempt();
    const waiting = unlessStuck(heard.recorder, heard.recorder.mark, wait, run);
    await vi.advanceTimersByTimeAsync(60_000);
    host.comes();
    expect(await waiting).toBe('the host');
  });

  it('ends with the signal of its caller, at once, in the middle of a panic as well', async () => {
    await using heard = await console();
    const { run } = attempt();
    const stop = new AbortController();
    const waiting = unlessStuck(heard.recorder, heard.recorder.mark, { ...wait, signal: stop.signal }, run);
    const ended = expect(waiting).rejects.toThrow('the operator');
    await heard.says(panic);
    stop.abort(new Error('the operator'));
    await ended;
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is a mere wait where there is no console', async () => {
    const { host, run } = attempt();
    const waiting = unlessStuck(undefined, 0, wait, run);
    host.comes();
    expect(await waiting).toBe('the host');
  });
});
