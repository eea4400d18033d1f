import { fitLine, type Line, type Span, span, widthOf } from './spans.ts';

/** A column of a table. */
export interface Column {
  readonly title: string;
  readonly cells: readonly Line[];
  readonly align: 'left' | 'right';
  /** Where there is no room for all, those of the highest number are left out first. */
  readonly rank: number;
  /** The last columns may be cut down to so many characters instead of being left out. */
  readonly atLeast?: number;
}

const gap = 2;

/** The lines of a table, its titles first, within so many columns of a terminal. */
export function tableLines(all: readonly Column[], columns: number): Line[] {
  const shown = fitting(all, columns);
  const rows = Math.max(0, ...all.map(({ cells }) => cells.length));
  const rowOf = (cellOf: (column: Column) => Line): Line => {
    const line: Span[] = [];
    shown.forEach(({ column, width }, index) => {
      const cell = fitLine(cellOf(column), width);
      const padding = ' '.repeat(width - lineWidth(cell));
      const isLast = index === shown.length - 1;
      if (index > 0) line.push(span(' '.repeat(gap)));
      if (column.align === 'right') line.push(span(padding), ...cell);
      else line.push(...cell, ...(isLast ? [] : [span(padding)]));
    });
    return line;
  };
  const titles = rowOf(({ title }) => [span(title, 'dim')]);
  return [titles, ...Array.from({ length: rows }, (_, row) => rowOf(({ cells }) => cells[row] ?? []))];
}

interface ShownColumn {
  readonly column: Column;
  readonly width: number;
}

function fitting(all: readonly Column[], columns: number): ShownColumn[] {
  const wanted = all.map((column) => ({
    column,
    width: Math.max(widthOf(column.title), ...column.cells.map(lineWidth)),
  }));
  for (let kept = wanted; kept.length > 1;) {
    const excess = totalOf(kept) - columns;
    if (excess <= 0) return kept;
    const least = kept.reduce((one, other) => (other.column.rank > one.column.rank ? other : one));
    const { atLeast } = least.column;
    if (atLeast !== undefined && least.width - excess >= atLeast) {
      return kept.map((one) => (one === least ? { ...one, width: one.width - excess } : one));
    }
    kept = kept.filter((one) => one !== least);
    if (kept.length === 1) return kept.map((one) => ({ ...one, width: Math.min(one.width, columns) }));
  }
  return wanted;
}

function totalOf(shown: readonly ShownColumn[]): number {
  return shown.reduce((sum, { width }) => sum + width, gap * (shown.length - 1));
}

function lineWidth(line: Line): number {
  return line.reduce((sum, { text }) => sum + widthOf(text), 0);
}
