/** The window that the limit of power cycles counts in. */
export const budgetWindowMs = 3_600_000;

/** Counts cuts of the power, so that no window of an hour, wherever it starts, holds more than the limit. */
export class CycleBudget {
  readonly cyclesPerHour: number;
  #times: number[];

  /** @param earlierMs when the power was cut before, in controller time and any order: the journal knows. */
  constructor(cyclesPerHour: number, earlierMs: readonly number[] = []) {
    this.cyclesPerHour = cyclesPerHour;
    this.#times = [...earlierMs].sort((a, b) => a - b);
  }

  /** Controller time from which one more cut is allowed; `nowMs` itself where it is allowed at once. */
  nextAllowedMs(nowMs: number): number {
    // A time in the future counts as well: the controller's clock was set back, and the cut did take place.
    const recent = this.#times.filter((time) => time > nowMs - budgetWindowMs);
    const mustLeave = recent[recent.length - this.cyclesPerHour];
    return mustLeave === undefined ? nowMs : mustLeave + budgetWindowMs;
  }

  spend(nowMs: number): void {
    this.#times.push(nowMs);
    this.#times.sort((a, b) => a - b);
    // Only the last ones can ever matter.
    this.#times = this.#times.slice(-this.cyclesPerHour);
  }
}
