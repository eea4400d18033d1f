import { ComebackError } from '../errors.ts';
import type { Cell } from '../journal/events.ts';

/** The host rebooted in the middle of a run and came up as something else; cycles of two cells are no run. */
export class CellChangedError extends ComebackError {
  override readonly code = 'CELL_CHANGED';
  override readonly kind = 'safety';

  constructor(host: string, was: Cell, is: Cell) {
    super(
      `${host} came back as another cell: Linux ${is.kernel} on BIOS ${is.bios} with "${is.commandLine}", it was Linux ` +
        `${was.kernel} on BIOS ${was.bios} with "${was.commandLine}". Name the cell (--kernel, --cmdline), so that every reboot leads into it.`,
    );
  }
}

/** The path in BOOT_IMAGE is the loader's way to the kernel: an entry of ours and the default one may name the same file differently. */
export function isSameCell(one: Cell, other: Cell): boolean {
  const words = ({ commandLine }: Cell): string => commandLine.replace(/^BOOT_IMAGE=\S+ /, '');
  return one.kernel === other.kernel && one.bios === other.bios && words(one) === words(other);
}
