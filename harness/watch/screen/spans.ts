import { styleText } from 'node:util';
import stringWidth from 'string-width';

/** What a text is to the eye. Colour only repeats what its words say. */
export type Tone = 'plain' | 'good' | 'bad' | 'warn' | 'dim' | 'strong';

/** A piece of a line, without control characters. */
export interface Span {
  readonly text: string;
  readonly tone: Tone;
}

export type Line = readonly Span[];

export const span = (text: string, tone: Tone = 'plain'): Span => ({ text, tone });

const styles = {
  good: ['green'],
  bad: ['red', 'bold'],
  warn: ['yellow'],
  dim: ['dim'],
  strong: ['bold'],
} as const;

/** A line as it is written to a terminal. */
export function paint(line: Line, colour: boolean): string {
  const painted = line.map(({ text, tone }) =>
    !colour || tone === 'plain' ? text : styleText([...styles[tone]], text, { validateStream: false }),
  );
  return painted.join('');
}

/** Columns that a text takes on a terminal: some characters take two, some none. */
export function widthOf(text: string): number {
  return stringWidth(text);
}

const graphemes = new Intl.Segmenter();

/** The begin of a text that has room in so many columns; `…` stands for what is left out. */
export function fitText(text: string, columns: number): string {
  if (text.length <= columns && /^[\x20-\x7e]*$/.test(text)) return text;
  if (widthOf(text) <= columns) return text;
  let fitting = '';
  let width = 0;
  for (const { segment } of graphemes.segment(text)) {
    width += widthOf(segment);
    if (width > columns - 1) break;
    fitting += segment;
  }
  return columns < 1 ? '' : `${fitting}…`;
}

/** The begin of a line that has room in so many columns. */
export function fitLine(line: Line, columns: number): Line {
  const fitting: Span[] = [];
  let left = columns;
  for (const { text, tone } of line) {
    if (left <= 0) break;
    const fitted = fitText(text, left);
    fitting.push({ text: fitted, tone });
    if (fitted !== text) break;
    left -= widthOf(fitted);
  }
  return fitting;
}

/** A text on as many lines as it needs, broken between words, each with its indent. */
export function wrapText(
  text: string,
  columns: number,
  indents: { readonly first: string; readonly rest: string },
): string[] {
  const lines: string[] = [];
  let line = '';
  let indent = indents.first;
  for (const word of text.split(' ')) {
    const longer = line === '' ? `${indent}${word}` : `${line} ${word}`;
    if (line === '' || widthOf(longer) <= columns) {
      line = longer;
      continue;
    }
    lines.push(line);
    indent = indents.rest;
    line = `${indent}${word}`;
  }
  return [...lines, line].map((one) => fitText(one, columns));
}
