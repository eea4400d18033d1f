import { expect, it } from 'vitest';
import { symptoms } from '../pci/symptoms.ts';

// Its known-bad cycles are built while the file is loaded; were that to fail, no test of the canary would be run.
it('the canary can be loaded', async () => {
  const { runCanary } = await import('./canary.ts');
  expect(runCanary().silent).toEqual([]);
  // It has a known-bad cycle of every symptom: to whoever hears nothing, each of them is lost.
  expect(runCanary(() => ({ push: () => undefined })).silent).toEqual(symptoms);
});
