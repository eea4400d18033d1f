import { expect, it } from 'vitest';

// What is built while a file is loaded must not fail there: no test of that file would be run, and only this one says so.
it('the catalogue and all that is built from it can be loaded', async () => {
  const [{ recogniseLogLine }, { recogniseConsoleLine }] = await Promise.all([
    import('./recognise.ts'),
    import('../console-lines.ts'),
  ]);
  expect(recogniseLogLine('nothing')).toBeUndefined();
  expect(recogniseConsoleLine('nothing')).toBeUndefined();
});
