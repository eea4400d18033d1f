import { ComebackError } from '../errors.ts';
import type { CellConfig } from '../inventory/cells.ts';
import type { LabHostConfig } from '../inventory/config.ts';
import { nearest } from '../inventory/nearest.ts';
import type { CellRequest } from '../journal/events.ts';

/** What the options of a command say about the cell. */
export interface CellOptions {
  readonly cell?: string | undefined;
  readonly kernel?: string | undefined;
  readonly cmdline?: string | undefined;
  readonly bios?: string | undefined;
}

/**
 * The cell that a command was asked to boot first; undefined where it takes the host as it is. An option takes the place of what
 * the named cell says about the same thing. The name tells when it did, so that no result is filed under a cell that it is not of.
 *
 * @throws UnknownCellError where the inventory has no cell of that name.
 */
export function askedCell(
  host: Pick<LabHostConfig, 'name' | 'cells'>,
  { cell, kernel, cmdline, bios }: CellOptions,
): CellRequest | undefined {
  const named = cell === undefined ? undefined : cellByName(host, cell);
  const differs = (option: string | undefined, own: string | undefined): boolean =>
    option !== undefined && option !== own;
  const otherKernel = differs(kernel, named?.kernel);
  const name = [
    named?.name,
    otherKernel ? `Linux ${kernel ?? ''}` : undefined,
    differs(cmdline, named?.commandLine) ? cmdline : undefined,
    differs(bios, named?.bios) ? `BIOS ${bios ?? ''}` : undefined,
  ].filter((part) => part !== undefined);
  if (name.length === 0) return undefined;
  return {
    name: name.join(', '),
    kernel: kernel ?? named?.kernel,
    // The package brings the kernel that the named cell is about, not the one asked for instead.
    kernelPackage: otherKernel ? undefined : named?.kernelPackage,
    commandLine: cmdline ?? named?.commandLine,
    bios: bios ?? named?.bios,
  };
}

/** `--cell` names a cell that the host does not have in the inventory. */
export class UnknownCellError extends ComebackError {
  override readonly code = 'INVENTORY_UNKNOWN_CELL';
  override readonly kind = 'usage';
  readonly cell: string;
  readonly known: readonly string[];

  constructor(host: string, cell: string, known: readonly string[]) {
    const near = nearest(cell, known);
    const hint = near === undefined ? '.' : `; did you mean "${near}"?`;
    const list = known.length === 0 ? 'It has none: describe them under "cells".' : `Known cells: ${known.join(', ')}.`;
    super(`The host "${host}" of the inventory has no cell "${cell}"${hint} ${list}`);
    this.cell = cell;
    this.known = known;
  }
}

function cellByName({ name, cells }: Pick<LabHostConfig, 'name' | 'cells'>, cell: string): CellConfig {
  const found = cells.find((candidate) => candidate.name === cell);
  if (found !== undefined) return found;
  const known = cells.map((candidate) => candidate.name);
  throw new UnknownCellError(name, cell, known);
}
