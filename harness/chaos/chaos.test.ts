import { expect, it } from 'vitest';
import { Controllers, runTrial } from './trial.ts';

/** A part of what `npm run chaos` does: the first trials of master seed 1. */
const seeds = [1_000_000, 1_000_001, 1_000_002, 1_000_003, 1_000_004, 1_000_005];

it('tells the truth of every function in every cycle, whatever befalls devices, host, wire and controller', async () => {
  using controllers = await Controllers.start();
  const results = [];
  for (const seed of seeds) results.push(await runTrial(seed, controllers));
  const again = (seed: number): string => `npm run -s chaos -- --seed 1 --trial ${seed - 1_000_000}`;
  expect(results.flatMap(({ seed, wrongs }) => wrongs.map((wrong) => `${again(seed)}: ${wrong}`))).toEqual([]);
  expect(results.some(({ deaths }) => deaths > 0)).toBe(true);
  expect(results.some(({ befell }) => befell.length > 0)).toBe(true);
}, 120_000);
