import fc from 'fast-check';
import { expect, it } from 'vitest';
import { plainLine } from './plain-line.ts';

it.each([
  ['as it is', 'as it is'],
  ['a\u001b[31mred\u001b[0m\u001b]0;title\u0007 line\r\nBcc: x@y', 'ared line Bcc: x@y'],
  ['turned \u202e round\u2028 and \u0085', 'turned round and'],
  ['', ''],
  ['x'.repeat(301), `${'x'.repeat(299)}…`],
])('%#', (text, line) => expect(plainLine(text)).toBe(line));

const odd = fc.constantFrom(
  'a',
  'é',
  '\u001b',
  '[',
  '31m',
  '\r\n',
  '\u0000',
  '\u009b',
  '\u202e',
  '\u2028',
  '😀',
  '\ud83d',
  '\udc00',
);

it('is one line of real characters, however long and odd the text', () => {
  fc.assert(
    fc.property(fc.string({ unit: odd, maxLength: 60 }), fc.integer({ min: 1, max: 40 }), (text, most) => {
      const line = plainLine(`${text}\ud83d\ud83d`, most);
      expect(line.length).toBeLessThanOrEqual(most);
      expect(Buffer.from(line).toString()).toBe(line);
      expect(Array.from(line).filter((one) => one < ' ' || '\u007f\u009b\u2028\u202e'.includes(one))).toEqual([]);
    }),
  );
});
