import { markdownTable } from 'markdown-table';
import type { BoardMatrix, Matrix } from './matrix.ts';
import { entryWords, functionWords, legendWords, resetMethodWords, roleGrids, roleTitle } from './matrix-rows.ts';
import { plainLine } from './plain-line.ts';

/** The matrix in GitHub's Markdown, to be pasted into an issue, a wiki or a forum. */
export function matrixMarkdown(matrix: Matrix): string {
  const { boards, leftOut } = matrix;
  return [
    '# Does the passed-through device come back?',
    '',
    boards.length === 0 ? 'Nothing was measured.' : legendWords(matrix),
    ...boards.flatMap(boardLines),
    ...(leftOut.length === 0 ? [] : ['', 'Left out:', '']),
    ...leftOut.map(({ run, why }) => `- ${escaped(run)}: ${escaped(why)}`),
    '',
  ].join('\n');
}

function boardLines(board: BoardMatrix): readonly string[] {
  return [
    '',
    `## ${escaped(board.board)} (host ${escaped(board.host)})`,
    '',
    ...board.functions.map((of) => {
      const name = of.name === undefined ? '' : ` ${of.name}`;
      return `- ${escaped(functionWords(of) + name)}: ${escaped(resetMethodWords(of))}`;
    }),
    ...roleGrids(board).flatMap(({ role, heads, kernels, rows }) => {
      const head = [...heads, ...kernels.map((kernel) => `Linux ${kernel}`)].map(escaped);
      const body = rows.map((row) => [...row.heads, ...row.cells.map(entryWords)].map(escaped));
      return [
        '',
        `### ${roleTitle(role)}`,
        '',
        rows.length === 0 ? 'Nothing was measured.' : markdownTable([head, ...body]),
      ];
    }),
    '',
    `From ${board.runs.length === 1 ? '1 run' : `${board.runs.length} runs`}: ${board.runs.map(escaped).join(', ')}`,
  ];
}

/** Text that Markdown takes for nothing but text. Within a word an underscore is only that. */
function escaped(text: string): string {
  return plainLine(text).replace(/[\\`*[\]<>~&|#!@]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])/g, escapedCharacter);
}

/** An "@" would call somebody, however it is escaped, unless it is written as its number. */
function escapedCharacter(character: string): string {
  return character === '@' ? '&#64;' : `\\${character}`;
}
