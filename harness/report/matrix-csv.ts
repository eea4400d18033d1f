import { stringify } from 'csv-stringify/sync';
import type { BoardMatrix, Matrix } from './matrix.ts';
import { entryOf } from './matrix-rows.ts';
import { plainLine } from './plain-line.ts';

const columns = [
  ...['board', 'host', 'role', 'function', 'device_id', 'name', 'bios', 'kernel', 'command_line', 'lost', 'trials'],
  ...['degraded', 'rate', 'rate_lower', 'rate_upper', 'confidence', 'runs'],
];

/**
 * The matrix as CSV (RFC 4180), a line for each function in each cell of the grid, with empty numbers where nothing was measured; a spreadsheet makes any grid of
 * it. What a spreadsheet would take for a formula has an apostrophe before it.
 */
export function matrixCsv({ boards, confidence }: Matrix): string {
  const records = boards.flatMap((board) => boardRecords(board, confidence));
  return stringify([columns, ...records], { record_delimiter: 'windows', escape_formulas: true });
}

function boardRecords(board: BoardMatrix, confidence: number): readonly (string | number)[][] {
  return board.functions.flatMap((of) =>
    board.bioses.flatMap((bios) =>
      board.commandLines.flatMap((line) =>
        board.kernels.map((kernel) => {
          const entry = entryOf(board, of, { bios, line, kernel });
          const where = [board.board, board.host, of.role, of.address, of.id, of.name ?? '', bios, kernel, line];
          const numbers =
            entry === undefined
              ? ['', '', '', '', '', '', '', '']
              : [
                  ...[entry.lost, entry.trials, entry.degraded, entry.lost / entry.trials],
                  ...[entry.rate.lower, entry.rate.upper, confidence, plainLine(entry.runs.join(' '), 10_000)],
                ];
          return [...where.map((text) => plainLine(text)), ...numbers];
        }),
      ),
    ),
  );
}
