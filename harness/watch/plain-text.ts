import { stripVTControlCharacters } from 'node:util';

/** Control characters, bidirectional overrides and other invisible ones, line separators, halves of surrogate pairs. */
const invisible = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
/** More than any screen shows of one text. */
const longest = 500;

/**
 * A text of the journal that can do no harm wherever it is shown: without terminal sequences, on one line, of a length that fits on a
 * screen. What the kernel or a guest says may hold anything.
 */
export function plainText(text: string): string {
  // Cut first, for a megabyte is not worth looking at; what a sequence hides is less than half of it.
  const plain = stripVTControlCharacters(text.slice(0, 2 * longest))
    .replace(invisible, '·')
    .trim();
  return plain.length > longest || text.length > 2 * longest ? `${plain.slice(0, longest - 1).trimEnd()}…` : plain;
}
