import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quoteArgv, UnquotableArgumentError } from './quote.ts';

/** What /bin/sh makes of the line: printf repeats its format for each argument, NUL keeps them apart. */
function splitBySh(line: string): string[] {
  const { stdout, status } = spawnSync('/bin/sh', ['-c', line], { encoding: 'utf8' });
  expect(status).toBe(0);
  return stdout.split('\0').slice(0, -1);
}

const argument = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({
    unit: fc.constantFrom("'", '"', '\\', '$', '`', '\n', ' ', '!', '~', '*', '=', ';', '&', '-', 'a', '#'),
  }),
);

describe('quoting for a POSIX shell', () => {
  it('survives a real /bin/sh, whatever the arguments are', () => {
    fc.assert(
      fc.property(
        fc.array(
          argument.filter((text) => !text.includes('\0')),
          { minLength: 1, maxLength: 8 },
        ),
        (argv) => {
          expect(splitBySh(quoteArgv(['printf', String.raw`%s\0`, ...argv]))).toEqual(argv);
        },
      ),
      { numRuns: 150 },
    );
  });

  it.each([
    [['qm', 'start', '100'], 'qm start 100'],
    [['echo', ''], "echo ''"],
    [['echo', "it's"], String.raw`echo 'it'\''s'`],
    [['A=1', 'x'], "'A=1' x"],
    [['if', 'then'], "'if' 'then'"],
    [['~root', '#'], "'~root' '#'"],
  ])('%j becomes %s', (argv, line) => expect(quoteArgv(argv)).toBe(line));

  it('refuses NUL and says which argument it was', () => {
    expect(() => quoteArgv(['echo', 'a\0b'])).toThrow(UnquotableArgumentError);
    expect(() => quoteArgv(['echo', 'a\0b'])).toThrow(/Argument 1/);
  });
});
