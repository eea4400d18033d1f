import { expect, it } from 'vitest';

// Its known-bad cycles are built while the file is loaded; were that to fail, no test of the canary would be run.
it('the canary can be loaded', async () => {
  const { runCanary } = await import('./canary.ts');
  expect(runCanary().silent).toEqual([]);
});
