import { expect, it } from 'vitest';
import { systemClock } from '../../clock.ts';
import { power as powerSchema } from '../../inventory/power.ts';
import type { OperatorPrompt } from './manual.ts';
import { powerSwitchOf } from './power-switch-of.ts';

function byHand(prompt: OperatorPrompt | undefined) {
  const config = powerSchema.parse({ driver: 'manual', limits: { minimumOffMs: 0 } });
  return powerSwitchOf(config, { host: 'elysium', clock: systemClock, prompt });
}

it('asks for each step, and claims no proof', async () => {
  const asked: string[] = [];
  const power = byHand((instruction) => {
    asked.push(instruction);
    return Promise.resolve();
  });
  expect(await power.cycle({ timeoutMs: 5000 })).toMatchObject({ verified: false, readBack: 'unknown' });
  expect(asked).toEqual([
    'Switch the power of elysium OFF, at the mains, and leave it off.',
    'Switch the power of elysium ON.',
  ]);
});

it('takes the question back when nobody answers', async () => {
  let withdrawn = false;
  const power = byHand(
    (_instruction, signal) =>
      new Promise(() => {
        signal.addEventListener('abort', () => (withdrawn = true));
      }),
  );
  await expect(power.off({ timeoutMs: 50 })).rejects.toThrow(/^Power off by .* failed.*nobody confirmed/);
  expect(withdrawn).toBe(true);
});

it('says what to do where nobody can be asked', async () => {
  const error: unknown = await byHand(undefined)
    .cycle({ timeoutMs: 5000 })
    .catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: 'POWER_CONFIG', kind: 'usage' });
  expect(String(error)).toMatch(/Run in a terminal, or give the host a power device/);
});
