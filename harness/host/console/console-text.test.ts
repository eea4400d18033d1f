import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConsoleText } from './console-text.ts';

function linesOf(bytes: Buffer, cuts: readonly number[] = [], maxLineChars = 4096): string[] {
  const text = new ConsoleText(maxLineChars);
  const lines: string[] = [];
  let start = 0;
  for (const cut of [...cuts].sort((a, b) => a - b)) {
    lines.push(...text.push(bytes.subarray(start, cut)));
    start = cut;
  }
  return [...lines, ...text.push(bytes.subarray(start)), ...text.flush()];
}

it.each([
  ['line breaks of every kind', 'a\r\nb\nc\r\r\nd\re', ['a', 'b', 'c', 'd', 'e']],
  ['empty lines', 'a\n\nb\r\n\r\nc', ['a', '', 'b', '', 'c']],
  ['colours', '\x1b[1;31merror\x1b[0m: x\n', ['error: x']],
  [
    'a cursor that jumps, as GRUB does',
    '\x1b[2J\x1b[01;30H GNU GRUB  version 2.06\x1b[04;05HDebian',
    [' GNU GRUB  version 2.06', 'Debian'],
  ],
  ['titles', '\x1b]0;root@elysium\x07root# \x1b]2;x\x1b\\ok\n', ['root# ok']],
  ['keypad and charset sequences', '\x1b=\x1b(B\x1b7text\x1b8\n', ['text']],
  ['control characters', 'a\x07b\x00\x00\x00c\x7f\x9bd\n', ['a\\x07b\\x00c\\x7f\\x9bd']],
  ['text that would be turned around', 'a\u202eb\n', ['a\\u202eb']],
  ['tabs stay', 'a\tb\n', ['a\tb']],
])('%s', (_name, text, lines) => {
  expect(linesOf(Buffer.from(text))).toEqual(lines);
});

it('shows bytes that are no UTF-8', () => {
  expect(linesOf(Buffer.from([0x61, 0xff, 0xfe, 0x62, 0x0a, 0xc3]))).toEqual(['a\ufffd\ufffdb', '\ufffd']);
});

it('cuts a line without end', () => {
  const lines = linesOf(Buffer.alloc(10_000, 'x'), [], 4096);
  expect(lines.map(({ length }) => length)).toEqual([4096, 4096, 1808]);
});

it('shows the line that has begun', () => {
  const text = new ConsoleText(100);
  text.push(Buffer.from('a\nelysium login: '));
  expect(text.unfinishedLine).toBe('elysium login: ');
});

describe('however the bytes are cut', () => {
  const pieces = fc.array(
    fc.oneof(
      fc.constantFrom(
        '\r\n',
        '\n',
        '\x1b[1;32m',
        '\x1b[0m',
        '\x1b[3;4H',
        '\x1b]0;t\x07',
        'é',
        '\u{1f600}',
        '\x00',
        'panic',
      ),
      fc.string({ maxLength: 8 }),
    ),
    { maxLength: 30 },
  );

  it('gives the same lines', () => {
    fc.assert(
      fc.property(pieces, fc.array(fc.nat(400), { maxLength: 12 }), (parts, cuts) => {
        const bytes = Buffer.from(parts.join(''));
        const inside = cuts.map((cut) => Math.min(cut, bytes.length));
        expect(linesOf(bytes, inside)).toEqual(linesOf(bytes));
      }),
      { numRuns: 300 },
    );
  });

  it('lets nothing harmful through, and nothing longer than the limit', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(300), (bytes, cut) => {
        for (const line of linesOf(Buffer.from(bytes), [Math.min(cut, bytes.length)], 50)) {
          // eslint-disable-next-line no-control-regex -- the point of it
          expect(line).not.toMatch(/[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u202a-\u202e]/);
          expect(line.length).toBeLessThanOrEqual(50 * 4);
        }
      }),
      { numRuns: 300 },
    );
  });
});
