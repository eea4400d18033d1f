import type { CellGrid } from './space.ts';

/**
 * Rules that call every testable cell the same cannot be told apart by any test; a verdict names all of them. So a cell that cannot boot moves no belief.
 */
export class RuleClasses {
  readonly count: number;
  /** By hypothesis. */
  readonly classOf: Int32Array;
  private readonly grid: CellGrid;
  private readonly calls: Uint8Array;
  private readonly testable: readonly number[];
  private readonly members: number[][] = [];
  private readonly boundaries = new Map<number, Boundary>();

  constructor(grid: CellGrid, calls: Uint8Array, untestable: ReadonlySet<number>) {
    this.grid = grid;
    this.calls = calls;
    this.testable = Array.from({ length: grid.size }, (_none, cell) => cell).filter((cell) => !untestable.has(cell));
    const hypotheses = calls.length / grid.size;
    this.classOf = new Int32Array(hypotheses);
    const known = new Map<string, number>();
    for (let hypothesis = 0; hypothesis < hypotheses; hypothesis += 1) {
      const key = this.testable.map((cell) => calls[cell * hypotheses + hypothesis]).join('');
      const index = known.get(key) ?? known.size;
      known.set(key, index);
      this.classOf[hypothesis] = index;
      (this.members[index] ??= []).push(hypothesis);
    }
    this.count = known.size;
  }

  membersOf(index: number): readonly number[] {
    return this.members[index] ?? [];
  }

  /** Testable cells that a class calls good. */
  goodCells(index: number): readonly number[] {
    const hypothesis = this.members[index]?.[0] ?? 0;
    return this.testable.filter((cell) => this.calls[cell * this.classOf.length + hypothesis] !== 1);
  }

  /** Testable cells next to the boundary. */
  boundaryOf(index: number): Boundary {
    let boundary = this.boundaries.get(index);
    if (boundary === undefined) this.boundaries.set(index, (boundary = this.boundaryNow(index)));
    return boundary;
  }

  private boundaryNow(index: number): Boundary {
    const hypothesis = this.members[index]?.[0] ?? 0;
    const isBad = (cell: number): boolean => this.calls[cell * this.classOf.length + hypothesis] === 1;
    const bad = this.testable.filter(isBad);
    const good = this.goodCells(index);
    const cells = this.testable.map((cell) => [cell, this.grid.cellAt(cell)] as const);
    const at = new Map(cells);
    const isAtMost = (one: number, other: number): boolean => {
      const [first, second] = [at.get(one), at.get(other)];
      return first !== undefined && second !== undefined && this.grid.isAtMost(first, second);
    };
    return {
      lastGood: good.filter((cell) => !good.some((other) => other !== cell && isAtMost(cell, other))),
      firstBad: bad.filter((cell) => !bad.some((other) => other !== cell && isAtMost(other, cell))),
    };
  }
}

export interface Boundary {
  /** Good cells with no good one further towards the bad side. */
  readonly lastGood: readonly number[];
  /** Bad cells with no bad one further towards the good side. */
  readonly firstBad: readonly number[];
}
