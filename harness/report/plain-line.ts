import { stripVTControlCharacters } from 'node:util';

/** Spaces of all kinds, control characters, and what is invisible or turns the direction of writing. */
const harmful = /[\s\p{Cc}\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]+/gu;

/**
 * One line that no terminal, mail header or table takes for anything else: without control characters, escapes and marks that turn the
 * direction of writing.
 *
 * @param most characters of it; what is longer ends in "…".
 */
export function plainLine(text: string, most = 300): string {
  // What is cut off needs no cleaning; an escape that straddles the cut leaves no more than its letters.
  const line = stripVTControlCharacters(text.slice(0, most * 4))
    .replace(harmful, ' ')
    .trim();
  const short = line.length > most ? `${line.slice(0, most - 1)}…` : line;
  // Half of a pair, from the text or from the cut, is no character in UTF-8.
  return Buffer.from(short).toString();
}
