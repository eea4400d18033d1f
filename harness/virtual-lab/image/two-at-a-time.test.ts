import fc from 'fast-check';
import { expect, test } from 'vitest';
import { twoAtATime } from './two-at-a-time.ts';

test('everything is done, never more than two at once', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(3), { maxLength: 8 }), async (turns) => {
      let running = 0;
      let most = 0;
      const done: number[] = [];
      await twoAtATime([...turns.entries()], async ([index, turnCount]) => {
        most = Math.max(most, ++running);
        for (let turn = 0; turn < turnCount; turn += 1) await Promise.resolve();
        done.push(index);
        running -= 1;
      });
      expect(done.toSorted((a, b) => a - b)).toEqual([...turns.keys()]);
      expect(most).toBeLessThanOrEqual(2);
    }),
  );
});

test('after a failure nothing more is begun, and what runs is waited for', async () => {
  const begun: string[] = [];
  const ended: string[] = [];
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  const all = twoAtATime(['slow', 'bad', 'never'], async (item) => {
    begun.push(item);
    if (item === 'bad') throw new Error('no space');
    await released;
    ended.push(item);
  });
  await Promise.resolve();
  release();
  await expect(all).rejects.toThrow('no space');
  expect([begun, ended]).toEqual([['slow', 'bad'], ['slow']]);
});
