/** How fast cycles follow one another, by the last of them. */
export interface Pace {
  /** From the begin of one cycle to that of the next; null before the second. */
  readonly periodMs: number | null;
  /** How long the last cycle took; null before its end. */
  readonly lastCycleMs: number | null;
  /** How long all that were judged took together. */
  readonly totalMs: number;
}

/** The newest cycles say most of those to come; so many even out a slow one. */
const recent = 20;

export class PaceKeeper {
  #starts: readonly number[] = [];
  #lastCycleMs: number | null = null;
  #totalMs = 0;

  begun(atMs: number): void {
    this.#starts = [...this.#starts.slice(-recent), atMs];
  }

  /** The time between two sessions of a run is nobody's cycle. */
  interrupted(): void {
    this.#starts = [];
  }

  over(durationMs: number): void {
    this.#lastCycleMs = durationMs;
    this.#totalMs += durationMs;
  }

  get pace(): Pace {
    const [first] = this.#starts;
    const last = this.#starts.at(-1);
    const periods = this.#starts.length - 1;
    // The controller's clock may be set back in the middle of a night.
    const periodMs = first === undefined || last === undefined || last <= first ? null : (last - first) / periods;
    return { periodMs, lastCycleMs: this.#lastCycleMs, totalMs: this.#totalMs };
  }
}
