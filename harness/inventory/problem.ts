import { ComebackError } from '../errors.ts';

/** One thing that is wrong in the inventory, at a place in its text. */
export interface InventoryProblem {
  /** Counted from 1. */
  readonly line: number;
  /** Counted from 1, in UTF-16 units, as editors do. */
  readonly column: number;
  /** `hosts.elysium.functions[2].address`; empty for the file as a whole and for YAML syntax. */
  readonly path: string;
  readonly message: string;
}

/** A contradiction between values, each of which is well formed. */
export interface Contradiction {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

const shownProblems = 30;
const longestMessage = 400;

/** The inventory is missing, unreadable or says something that cannot be used. Nothing was started. */
export class InventoryError extends ComebackError {
  readonly kind = 'usage';
  readonly code: 'INVENTORY_INVALID' | 'INVENTORY_NOT_FOUND' | 'INVENTORY_UNREADABLE';
  readonly problems: readonly InventoryProblem[];

  constructor(
    message: string,
    code: InventoryError['code'],
    details: { readonly problems?: readonly InventoryProblem[]; readonly cause?: unknown } = {},
  ) {
    super(message, { cause: details.cause });
    this.code = code;
    this.problems = details.problems ?? [];
  }
}

/** A problem as compilers print it: `lab-inventory.yaml:12:9 hosts.elysium.ssh.port: Too big`. */
export function formatProblem(file: string, problem: InventoryProblem): string {
  // A message may quote the file: what it quotes must neither steer the terminal nor flood it.
  const printable = problem.message.replace(/\p{Cc}/gu, '\ufffd');
  const message = printable.length <= longestMessage ? printable : `${printable.slice(0, longestMessage)}...`;
  const place = `${file}:${problem.line}:${problem.column}`;
  return problem.path === '' ? `${place} ${message}` : `${place} ${problem.path}: ${message}`;
}

/** @param problems at least one; they are put in the order of the file. */
export function invalidInventory(file: string, problems: readonly InventoryProblem[]): InventoryError {
  const sorted = [...problems].sort((a, b) => a.line - b.line || a.column - b.column);
  const lines = sorted.slice(0, shownProblems).map((problem) => formatProblem(file, problem));
  if (sorted.length > shownProblems) lines.push(`... and ${sorted.length - shownProblems} more`);
  if (lines.length > 1) lines.unshift(`${sorted.length} problems in ${file}:`);
  return new InventoryError(lines.join('\n'), 'INVENTORY_INVALID', { problems: sorted });
}
