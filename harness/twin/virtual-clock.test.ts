import { expect, it } from 'vitest';
import { pause, useTimers } from '../timers.ts';
import { DeadlineError, within } from '../wait.ts';
import { SkippableTimers, VirtualClock } from './virtual-clock.ts';

const minute = 60_000;

it('sleeps without waiting, and tells the time that has passed', async () => {
  const clock = new VirtualClock(1000);
  await clock.sleep(8 * 60 * minute);
  expect(clock.nowMs()).toBe(1000 + 8 * 60 * minute);
  const stop = AbortSignal.abort(new Error('stopped'));
  await expect(clock.sleep(1, stop)).rejects.toThrow('stopped');
});

it('lets what is due fire in order, and what is armed meanwhile, and leaves the rest', async () => {
  const timers = new SkippableTimers();
  using _ = useTimers(timers);
  const said: string[] = [];
  const twice = (async () => {
    await pause(2 * minute);
    said.push('two');
    await pause(3 * minute);
    said.push('five');
  })();
  const once = pause(4 * minute).then(() => said.push('four'));
  const long = new AbortController();
  const never = pause(20 * minute, long.signal);
  await timers.skip(10 * minute);
  await Promise.all([twice, once]);
  expect(said).toEqual(['two', 'four', 'five']);
  expect(timers.pending).toBe(1);
  long.abort(new Error('enough'));
  await expect(never).rejects.toThrow('enough');
  expect(timers.pending).toBe(0);
});

it('ends a deadline of ten minutes at once', async () => {
  const timers = new SkippableTimers();
  using _ = useTimers(timers);
  const hung = within(new Promise<never>(() => undefined), { timeoutMs: 10 * minute }, 'a hung qm');
  const failure = expect(hung).rejects.toThrow(DeadlineError);
  await timers.skip(9 * minute);
  expect(timers.pending).toBe(1);
  await timers.skip(minute);
  await failure;
});
