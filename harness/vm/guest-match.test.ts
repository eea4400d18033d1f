import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchGuest } from './guest-match.ts';

/** The board of the virtual lab by letters: graphics, its sound (h), USB (u), sound (h), USB (u). */
const board = 'ghuhu';
const list = (ids: string): { id: string; at: number }[] => ids.split('').map((id, at) => ({ id, at }));
const words = (given: string, guest: string): string =>
  matchGuest(list(given), list(guest))
    .map(({ seen }) => ({ yes: 'y', no: 'n', unclear: '?' })[seen])
    .join('');

describe('what the VM was given, found among what the guest has', () => {
  it.each([
    ['all there', board, 'ghuhu', 'yyyyy'],
    ['the first USB missing, told by its place', board, 'ghhu', 'yynyy'],
    ['the last USB missing', board, 'ghuh', 'yyyyn'],
    ['the sound of the card missing', board, 'guhu', 'ynyyy'],
    ['the other sound missing, which leaves two places for the USBs', board, 'ghuu', 'yyyny'],
    ['nothing there', board, '', 'nnnnn'],
    ['two of one id side by side, and one of them missing', 'guu', 'gu', 'y??'],
    ["devices of the guest's own between them", board, 'xghuxhu', 'yyyyy'],
  ])('%s', (_, given, guest, expected) => {
    expect(words(given, guest)).toBe(expected);
  });

  it('leaves out exactly what is missing, and never calls that seen', () => {
    const ids = fc.string({ unit: fc.constantFrom('g', 'h', 'u'), maxLength: 7 });
    fc.assert(
      fc.property(ids, fc.nat(), (given, dice) => {
        const missing = given === '' ? -1 : dice % given.length;
        const guest = missing < 0 ? given : given.slice(0, missing) + given.slice(missing + 1);
        const found = words(given, guest);
        expect(found).toHaveLength(given.length);
        if (missing >= 0) expect(found[missing]).not.toBe('y');
        // What is surely missing, and half of what may be, make up what is short.
        const sure = found.split('n').length - 1;
        expect(sure).toBeLessThanOrEqual(1);
        expect(sure === 1).toBe(missing >= 0 && !found.includes('?'));
      }),
    );
  });

  it('gives each function the one in its place', () => {
    const places = matchGuest(list(board), list('ghhu')).map((match) =>
      match.seen === 'no' ? [] : match.candidates.map(({ at }) => at),
    );
    expect(places).toEqual([[0], [1], [], [2], [3]]);
  });
});
