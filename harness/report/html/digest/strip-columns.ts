import type { CycleJudgement, Verdict } from '../../../judge/verdict.ts';

/** Verdicts in the order of their gravity, the mildest first; the letter is that of the strip's code. */
export const verdictLetters = { survived: 's', unobserved: 'u', degraded: 'd', lost: 'l' } as const satisfies Record<
  Verdict,
  string
>;

const verdictsInOrder = ['survived', 'unobserved', 'degraded', 'lost'] as const satisfies readonly Verdict[];
const verdictCount = verdictsInOrder.length;

/** What a strip shows: so many cycles a column, and of each function what they came to. */
export interface Strip {
  readonly cycles: number;
  readonly cyclesPerColumn: number;
  /** One a function, in the order of the run. */
  readonly rows: readonly string[];
}

/** More columns than a screen has pixels, and few enough for a page: a longer run has several cycles in each. */
export const maxColumns = 10_000;

/** Adds up the verdicts of cycles, column by column, in memory that does not grow with the run: when all columns are full, two become one. */
export class StripColumns {
  readonly #rows: readonly Uint32Array[];
  #cyclesPerColumn = 1;
  #cycles = 0;

  constructor(functions: number) {
    this.#rows = Array.from({ length: functions }, () => new Uint32Array(maxColumns * verdictCount));
  }

  add({ functions }: CycleJudgement): void {
    if (this.#cycles === maxColumns * this.#cyclesPerColumn) this.#halve();
    const column = Math.floor(this.#cycles / this.#cyclesPerColumn);
    this.#cycles += 1;
    functions.forEach(({ verdict }, index) => {
      const row = this.#rows[index];
      const cell = column * verdictCount + verdictsInOrder.indexOf(verdict);
      if (row !== undefined) row[cell] = (row[cell] ?? 0) + 1;
    });
  }

  get strip(): Strip {
    const columns = Math.ceil(this.#cycles / this.#cyclesPerColumn);
    return {
      cycles: this.#cycles,
      cyclesPerColumn: this.#cyclesPerColumn,
      rows: this.#rows.map((row) => encodedRow(row, columns)),
    };
  }

  #halve(): void {
    for (const row of this.#rows) {
      for (let column = 0; column < maxColumns / 2; column += 1) {
        for (let verdict = 0; verdict < verdictCount; verdict += 1) {
          const left = 2 * column * verdictCount + verdict;
          row[column * verdictCount + verdict] = (row[left] ?? 0) + (row[left + verdictCount] ?? 0);
        }
      }
      row.fill(0, (maxColumns / 2) * verdictCount);
    }
    this.#cyclesPerColumn *= 2;
  }
}

/**
 * Columns as words: `40:s1 l1 2:s97l3` are forty columns in which one cycle survived, one in which one was lost, and two of a hundred cycles
 * each, of which three were lost.
 */
function encodedRow(row: Uint32Array, columns: number): string {
  const words: string[] = [];
  let repeats = 0;
  let last = '';
  const end = (): void => {
    if (repeats > 0) words.push(repeats === 1 ? last : `${repeats}:${last}`);
  };
  for (let column = 0; column < columns; column += 1) {
    let cell = '';
    verdictsInOrder.forEach((verdict, index) => {
      const count = row[column * verdictCount + index] ?? 0;
      if (count > 0) cell += `${verdictLetters[verdict]}${count}`;
    });
    if (cell !== last) {
      end();
      repeats = 0;
      last = cell;
    }
    repeats += 1;
  }
  end();
  return words.join(' ');
}
