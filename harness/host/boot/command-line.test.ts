import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  askedWords,
  CommandLineError,
  commandLineWords,
  parameterOf,
  quotedWord,
  requireFit,
  unmetWords,
  wordsThatStay,
} from './command-line.ts';

describe('a kernel command line', () => {
  it.each([
    ['root=/dev/sda2 ro  quiet', ['root=/dev/sda2', 'ro', 'quiet']],
    ['dyndbg="file drivers/pci/* +p" ro', ['dyndbg=file drivers/pci/* +p', 'ro']],
    ['"dyndbg=file a +p" ro', ['dyndbg=file a +p', 'ro']],
    ['', []],
  ])('%s', (text, words) => {
    expect(commandLineWords(text)).toEqual(words);
  });

  it.each(["a='b'", 'a=`b`', 'a=\\n', 'a="b', 'a\nb', 'a=ü', 'a -- b', 'a=1 -a'])('asked as %j is refused', (text) => {
    expect(() => askedWords(text)).toThrow(CommandLineError);
  });

  it('is refused where the kernel would cut it', () => {
    expect(() => requireFit('x'.repeat(2048))).toThrow(/2047/);
    expect(() => requireFit('x'.repeat(2047))).not.toThrow();
  });

  it('made of the host’s words and those asked for meets what was asked', () => {
    const word = fc
      .tuple(
        fc.constantFrom('root', 'iommu', 'amd-iommu', 'amd_iommu', 'dyndbg', 'quiet'),
        fc.constantFrom('', '=on', '=a b', '=1,2'),
      )
      .map(([name, value]) => name + value);
    fc.assert(
      fc.property(
        fc.array(word),
        fc.array(word),
        fc.array(fc.constantFrom('root', 'ro', 'iommu')),
        (own, words, gone) => {
          const absent = gone.filter((name) => !words.some((asked) => parameterOf(asked) === parameterOf(name)));
          const asked = askedWords([...words.map(quotedWord), ...absent.map((name) => `-${name}`)].join(' '));
          expect(asked).toEqual({ words, absent });
          const all = [...wordsThatStay(own, (text) => text, asked), ...asked.words].map(quotedWord).join(' ');
          expect(unmetWords(asked, all)).toEqual([]);
          const untouched = own.filter((text) => !all.includes(quotedWord(text)));
          for (const text of untouched) expect([...words, ...absent].map(parameterOf)).toContain(parameterOf(text));
        },
      ),
    );
  });
});
