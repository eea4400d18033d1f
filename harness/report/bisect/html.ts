import { withEntities } from '../markup-entities.ts';

/** Text as HTML and SVG take it. What no document may hold, such as the escapes of a terminal, becomes a replacement character. */
export function escaped(text: string): string {
  return withEntities(text.replaceAll(/(?![\t\n])\p{Cc}|[\ufffe\uffff]/gu, '\ufffd'));
}

/** A table; cells are escaped. */
export function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const row = (cells: readonly string[], tag: 'td' | 'th'): string =>
    `<tr>${cells.map((cell) => `<${tag}>${escaped(cell)}</${tag}>`).join('')}</tr>`;
  return `<table><thead>${row(head, 'th')}</thead><tbody>${rows.map((cells) => row(cells, 'td')).join('\n')}</tbody></table>`;
}
