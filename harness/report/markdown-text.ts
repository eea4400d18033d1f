import { stripVTControlCharacters } from 'node:util';

/** Most characters of what somebody else said in one place. */
const mostCharacters = 300;

/**
 * Controls, DEL and C1, halves of surrogate pairs, and the characters that turn the direction of the text after them, with which words can
 * be made to read as others (Unicode TR36, section 3.1).
 */
const notText =
  /[^\u{20}-\u{7e}\u{a0}-\u{200d}\u{2010}-\u{2027}\u{2030}-\u{2065}\u{206a}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu;

/**
 * What a host said, as code within a line or a table's cell. Between backticks nothing means anything, neither Markdown nor HTML, a mention
 * nor a link; so only backticks themselves, line ends, and the pipes that divide a table first, must go.
 */
export function code(raw: string): string {
  const words = plainText(raw).replaceAll('`', "'").replaceAll('|', '¦');
  return words === '' ? '' : `\`${words}\``;
}

/** Words of ours that hold a name of somebody else's, as plain text: whatever has a meaning in Markdown or HTML is written so that it has none. */
export function prose(raw: string): string {
  return plainText(raw)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll(/[\\`*_{}[\]()#!|~@$]/g, String.raw`\$&`);
}

/** One row of a table; its cells are Markdown already. */
export function row(...cells: readonly (string | number)[]): string {
  return `| ${cells.join(' | ')} |`;
}

export function table(head: readonly string[], rows: readonly string[]): string[] {
  return [row(...head), row(...head.map(() => '---')), ...rows];
}

function plainText(raw: string): string {
  // Not all of a megabyte need be cleaned for what is kept of it.
  const words = stripVTControlCharacters(raw.slice(0, 8 * mostCharacters))
    .replaceAll(/\s+/g, ' ')
    .replaceAll(notText, '')
    .trim();
  return words.length <= mostCharacters && raw.length <= 8 * mostCharacters
    ? words
    : `${words.slice(0, mostCharacters).replace(/[\ud800-\udbff]$/, '')}…`;
}
