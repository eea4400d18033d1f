import { BisectSpaceError } from './errors.ts';

/** What is searched: two ordered axes and any flags that are on or off. */
export interface BisectSpace {
  /** Names of kernels, oldest first. At least one. */
  readonly kernels: readonly string[];
  /** BIOS versions, oldest first. At least one. */
  readonly biosVersions: readonly string[];
  /** Options of the command line, or patches; in no order. */
  readonly flags: readonly Flag[];
}

/** One option that is there or not. */
export interface Flag {
  readonly name: string;
  /** Which of the two is the side where the fault is looked for: `on` for an option that may break, `off` for one that may mend. */
  readonly suspect: 'on' | 'off';
}

/** One combination, by positions in the space. */
export interface Cell {
  readonly kernel: number;
  readonly bios: number;
  /** Bit i is set where flag i is on. */
  readonly flags: number;
}

/** More flags than this, and the cells are more than anybody can visit. */
export const mostFlags = 6;

/**
 * The cells of a space, numbered; and what "further towards the bad side" means in it.
 * Inside, every axis runs from the good side to the bad: a fix is bisected with the ordered axes reversed.
 */
export class CellGrid {
  readonly size: number;
  readonly space: BisectSpace;
  readonly isFix: boolean;

  /** @throws BisectSpaceError where there is nothing to search, or too much. */
  constructor(space: BisectSpace, isFix: boolean) {
    this.space = space;
    this.isFix = isFix;
    const { kernels, biosVersions, flags } = space;
    if (kernels.length === 0 || biosVersions.length === 0)
      throw new BisectSpaceError(
        'A bisect needs at least one kernel and one BIOS version: the ones that run now will do.',
      );
    for (const [what, names] of [
      ['kernel', kernels],
      ['BIOS version', biosVersions],
      ['flag', flags.map(({ name }) => name)],
    ] as const) {
      const twice = names.find((name, index) => names.indexOf(name) !== index);
      if (twice !== undefined) throw new BisectSpaceError(`The ${what} ${twice} is named twice: name each once.`);
    }
    if (flags.length > mostFlags)
      throw new BisectSpaceError(`${flags.length} flags are too many to search at once: name at most ${mostFlags}.`);
    this.size = (kernels.length * biosVersions.length) << flags.length;
    if (this.size < 2)
      throw new BisectSpaceError(
        'There is one cell only: name a second kernel, BIOS version or flag to search between.',
      );
  }

  indexOf({ kernel, bios, flags }: Cell): number {
    const { kernels, biosVersions, flags: names } = this.space;
    const isInside =
      within(kernel, kernels.length) && within(bios, biosVersions.length) && within(flags, 1 << names.length);
    if (!isInside)
      throw new BisectSpaceError(`The cell ${kernel}/${bios}/${flags} is outside the space that is searched.`);
    return ((bios * kernels.length + kernel) << names.length) | flags;
  }

  cellAt(index: number): Cell {
    const { kernels, flags } = this.space;
    const ordered = index >> flags.length;
    return {
      kernel: ordered % kernels.length,
      bios: Math.floor(ordered / kernels.length),
      flags: index & ((1 << flags.length) - 1),
    };
  }

  /** Steps from the good end of the axis: 0 is the good end. */
  kernelStep(cell: Cell): number {
    return this.isFix ? this.space.kernels.length - 1 - cell.kernel : cell.kernel;
  }

  biosStep(cell: Cell): number {
    return this.isFix ? this.space.biosVersions.length - 1 - cell.bios : cell.bios;
  }

  /** Bits of the flags that are on their suspect side. */
  suspectFlags(cell: Cell): number {
    return cell.flags ^ this.offSuspects;
  }

  /** The cell at these steps from the good corner. */
  cellOfSteps(kernelStep: number, biosStep: number, suspectFlags: number): Cell {
    const { kernels, biosVersions } = this.space;
    return {
      kernel: this.isFix ? kernels.length - 1 - kernelStep : kernelStep,
      bios: this.isFix ? biosVersions.length - 1 - biosStep : biosStep,
      flags: suspectFlags ^ this.offSuspects,
    };
  }

  /** Nothing suspect is in it. */
  get goodCorner(): Cell {
    return this.cellOfSteps(0, 0, 0);
  }

  /** Everything suspect is in it: the cell in which the fault was seen. */
  get badCorner(): Cell {
    const { kernels, biosVersions, flags } = this.space;
    return this.cellOfSteps(kernels.length - 1, biosVersions.length - 1, (1 << flags.length) - 1);
  }

  /** Whether one cell is no further towards the bad side than the other, on every axis. */
  isAtMost(one: Cell, other: Cell): boolean {
    return (
      this.kernelStep(one) <= this.kernelStep(other) &&
      this.biosStep(one) <= this.biosStep(other) &&
      (this.suspectFlags(one) & ~this.suspectFlags(other)) === 0
    );
  }

  private get offSuspects(): number {
    return this.space.flags.reduce((bits, { suspect }, index) => (suspect === 'off' ? bits | (1 << index) : bits), 0);
  }
}

function within(position: number, length: number): boolean {
  return Number.isInteger(position) && position >= 0 && position < length;
}

/** `6.1.0-50, BIOS 2304, iommu=pt`: what is not searched is left out. */
export function cellWords({ kernels, biosVersions, flags }: BisectSpace, cell: Cell): string {
  const words = [
    ...(kernels.length > 1 ? [kernels[cell.kernel] ?? ''] : []),
    ...(biosVersions.length > 1 ? [`BIOS ${biosVersions[cell.bios] ?? ''}`] : []),
    ...flags.map(({ name }, index) => ((cell.flags >> index) & 1 ? `with ${name}` : `without ${name}`)),
  ];
  return words.join(', ');
}
