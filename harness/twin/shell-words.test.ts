import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quoteArgv } from '../ssh/quote.ts';
import { simpleCommandWords } from './shell-words.ts';

describe('words of a simple command', () => {
  it('takes back every quoted argument vector', () => {
    const argument = fc.string({ unit: 'binary' }).filter((text) => !text.includes('\0'));
    fc.assert(
      fc.property(fc.array(argument), (rest) => {
        expect(simpleCommandWords(quoteArgv(['qm', ...rest]))).toEqual(['qm', ...rest]);
      }),
    );
  });

  it.each([
    [`qm  status\t100`, ['qm', 'status', '100']],
    [`q"m" 'sta'tus 1\\0''0`, ['qm', 'status', '100']],
    [`qm config --current=1`, ['qm', 'config', '--current=1']],
    [`qm ''`, ['qm', '']],
  ])('%s', (line, words) => expect(simpleCommandWords(line)).toEqual(words));

  it.each([
    'qm start 100; reboot',
    'qm start 100 | cat',
    'qm list > f',
    'qm status $VM',
    'qm status "$VM"',
    'qm `id`',
    'A=1 qm list',
    "qm 'open",
    'qm "open',
    'qm list # all',
    'qm *',
    'qm list &',
    'qm ~',
    'qm \\',
    'qm list\nqm stop 100',
  ])('leaves %j to a shell', (line) => expect(simpleCommandWords(line)).toBeNull());
});
