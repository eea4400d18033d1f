import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { resetCalls, resetErrorWords } from './reset-names.ts';

it.each([
  [-25, 'no reset method of its own (ENOTTY)'],
  [-11, 'somebody else has it locked (EAGAIN)'],
  [-999, 'error 999'],
])('what %i means', (returned, words) => {
  expect(resetErrorWords(returned)).toBe(words);
});

it('knows every function that the observer probes, and the observer probes every function that is known', async () => {
  const program = await readFile(new URL('../observer/perl/reset-probes.pl', import.meta.url), 'utf8');
  const lists = [...program.matchAll(/(?:@OF_A_FUNCTION\w* = |vfio_pci\w* => \[)qw\(([^)]+)\)/g)];
  const probed = lists.flatMap(([, words = '']) => words.trim().split(/\s+/));
  expect(probed.sort()).toEqual([...resetCalls.keys()].sort());
});
