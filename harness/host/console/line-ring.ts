/** One line of a console's record. */
export interface ConsoleLine {
  /** Controller time in milliseconds since the epoch. */
  readonly atMs: number;
  readonly text: string;
  /** True for a remark of ours, false for what the host said. */
  readonly isNote: boolean;
}

/** `2026-08-17T10:00:00.000Z | text` of the host, `... # text` of ours: nothing that the host prints can pass for a remark. */
export function formatConsoleLine({ atMs, text, isNote }: ConsoleLine): string {
  return `${new Date(atMs).toISOString()} ${isNote ? '#' : '|'} ${text}`;
}

/** The last lines of a console, in constant memory. */
export class LineRing {
  readonly #size: number;
  #lines: ConsoleLine[] = [];

  constructor(size: number) {
    this.#size = size;
  }

  push(line: ConsoleLine): void {
    this.#lines.push(line);
    // Cut seldom: moving the array for each line would cost more than the memory is worth.
    if (this.#lines.length >= 2 * this.#size) this.#lines = this.#lines.slice(-this.#size);
  }

  last(count: number): ConsoleLine[] {
    return this.#lines.slice(-Math.min(count, this.#size));
  }
}
