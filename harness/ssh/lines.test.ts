import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LineSplitter } from './lines.ts';

describe('lines of a byte stream', () => {
  it('are the same however the bytes are cut, even within a character', () => {
    const line = fc.string({ unit: 'grapheme', maxLength: 20 }).filter((text) => !text.includes('\n'));
    const sizes = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 10 });
    fc.assert(
      fc.property(fc.array(line), sizes, (lines, chunkSizes) => {
        const bytes = Buffer.from(lines.map((text) => `${text}\n`).join(''));
        const splitter = new LineSplitter(1000);
        const seen: string[] = [];
        let at = 0;
        for (let turn = 0; at < bytes.length; turn += 1) {
          const size = chunkSizes[turn % chunkSizes.length] ?? 1;
          const cut = splitter.push(bytes.subarray(at, at + size));
          seen.push(...(cut === 'too-long' ? ['a line that is not there'] : cut));
          at += size;
        }
        expect(seen).toEqual(lines);
      }),
    );
  });

  it.each([
    ['in one chunk', ['aaaaaa\n']],
    ['in two', ['aaa', 'aaa\n']],
    ['with no end', ['aaa', 'aaa']],
  ])('are refused when too long, %s', (_how, chunks) => {
    const splitter = new LineSplitter(5);
    expect(chunks.map((chunk) => splitter.push(Buffer.from(chunk))).at(-1)).toBe('too-long');
  });
});
