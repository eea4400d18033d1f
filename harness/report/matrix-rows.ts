import type { FunctionRole } from '../journal/events.ts';
import { functionName } from '../judge/function-name.ts';
import { percent, percentAtLeast, percentAtMost } from '../stats/percent.ts';
import { type BoardMatrix, type Matrix, type MatrixEntry, matrixRoles } from './matrix.ts';
import type { MatrixFunction } from './matrix-functions.ts';
import { plainLine } from './plain-line.ts';

/** The grid of one role: a row for each BIOS, command line and function, a column for each kernel. */
export interface RoleGrid {
  readonly role: FunctionRole;
  /** Titles of the columns that say what a row is; those that would say the same in each row are left out. */
  readonly heads: readonly string[];
  readonly kernels: readonly string[];
  readonly rows: readonly GridRow[];
}

export interface GridRow {
  readonly heads: readonly string[];
  /** Undefined where nothing was measured. */
  readonly cells: readonly (MatrixEntry | undefined)[];
}

const roleTitles: Readonly<Record<FunctionRole, string>> = { gpu: 'GPU', usb: 'USB', audio: 'Audio' };

export function roleTitle(role: FunctionRole): string {
  return roleTitles[role];
}

/** The grids of a machine, one for each role that it has. A row without any measurement is left out. */
export function roleGrids(board: BoardMatrix): readonly RoleGrid[] {
  const hasLines = board.commandLines.length > 1;
  return matrixRoles.flatMap((role): RoleGrid[] => {
    const functions = board.functions.filter((of) => of.role === role);
    if (functions.length === 0) return [];
    const rows = board.bioses.flatMap((bios) =>
      board.commandLines.flatMap((line) =>
        functions.map((of): GridRow => ({
          heads: [plainLine(bios), ...(hasLines ? [lineWords(line)] : []), functionWords(of)],
          cells: board.kernels.map((kernel) => entryOf(board, of, { bios, line, kernel })),
        })),
      ),
    );
    return [
      {
        role,
        heads: ['BIOS', ...(hasLines ? ['Command line'] : []), 'Function'],
        kernels: board.kernels.map((kernel) => plainLine(kernel)),
        rows: rows.filter(({ cells }) => cells.some((cell) => cell !== undefined)),
      },
    ];
  });
}

/** What was measured of a function in a cell; undefined where nothing was. */
export function entryOf(
  { entries }: BoardMatrix,
  { address, id }: Pick<MatrixFunction, 'address' | 'id'>,
  cell: { readonly bios: string; readonly line: string; readonly kernel: string },
): MatrixEntry | undefined {
  return entries.find(
    (entry) =>
      entry.address === address &&
      entry.id === id &&
      entry.bios === cell.bios &&
      entry.commandLine === cell.line &&
      entry.kernel === cell.kernel,
  );
}

/** `GPU 2b:00.0 [10de:1c82]` */
export function functionWords({ role, address, id }: MatrixFunction): string {
  return plainLine(`${functionName(role, address)} [${id}]`);
}

function lineWords(line: string): string {
  return line === '' ? 'without these words' : plainLine(line);
}

/** `0/40: below 7.22 %`, `3/61: 4.92 % (0.339 % to 19.1 %)`; '' where nothing was measured. */
export function entryWords(entry: MatrixEntry | undefined): string {
  if (entry === undefined) return '';
  const { lost, trials, degraded, rate } = entry;
  const also = degraded === 0 ? '' : `; ${degraded} degraded`;
  if (lost === 0) return `0/${trials}: below ${percentAtMost(rate.upper)}${also}`;
  const share = percent(Number((lost / trials).toPrecision(3)));
  return `${lost}/${trials}: ${share} (${percentAtLeast(rate.lower)} to ${percentAtMost(rate.upper)})${also}`;
}

/** How a function is reset between guests, as one line. */
export function resetMethodWords({ offered, seen, refused }: MatrixFunction): string {
  if (offered.length === 0) return 'how it is reset, these runs do not tell';
  const offers = offered.map((methods) => (methods.length === 0 ? 'nothing' : methods.join(', '))).join(' or ');
  const words = [
    `the kernel offers ${offers}`,
    seen.length === 0 ? 'no reset was seen' : `seen: ${seen.join(', ')}`,
    ...refused,
  ];
  return plainLine(words.join('; '));
}

/** What the numbers mean, in one paragraph. */
export function legendWords({ confidence }: Matrix): string {
  return (
    `Each cell: how often the function was lost, of how many independent trials; the rate of a loss a cycle, with bounds at ${percent(confidence)} for each ` +
    'cell, valid whenever one looks. A trial is one start and stop of the VM; cycles after a loss that lasts, failures of the lab and what nobody saw are none. ' +
    '"Degraded" came back, but not as it was. Blank: nothing was measured.'
  );
}
