/** One bar of a histogram; its limits in milliseconds. */
export interface Bar {
  readonly fromMs: number;
  readonly toMs: number;
  readonly count: number;
}

/** How long something took, over a whole run. Medians and percentiles are right to half a percent; the extremes are exact. */
export interface Durations {
  readonly count: number;
  readonly minMs: number;
  readonly medianMs: number;
  readonly p95Ms: number;
  readonly maxMs: number;
  readonly bars: readonly Bar[];
}

/** Each bin is wider than the one before by this factor. */
const growth = 1.005;
const mostBars = 48;

/** Counts durations by their logarithm, so that a few hundred bins hold milliseconds and hours alike. */
export class DurationHistogram {
  readonly #bins = new Map<number, number>();
  #count = 0;
  #minMs = Infinity;
  #maxMs = 0;

  add(durationMs: number): void {
    const bin = binOf(durationMs);
    this.#bins.set(bin, (this.#bins.get(bin) ?? 0) + 1);
    this.#count += 1;
    this.#minMs = Math.min(this.#minMs, durationMs);
    this.#maxMs = Math.max(this.#maxMs, durationMs);
  }

  /** Undefined where nothing was measured. */
  get durations(): Durations | undefined {
    if (this.#count === 0) return undefined;
    const bins = [...this.#bins].sort(([one], [other]) => one - other);
    return {
      count: this.#count,
      minMs: this.#minMs,
      medianMs: this.#quantile(bins, 0.5),
      p95Ms: this.#quantile(bins, 0.95),
      maxMs: this.#maxMs,
      bars: barsOf(bins),
    };
  }

  #quantile(bins: readonly (readonly [number, number])[], part: number): number {
    let rest = Math.ceil(this.#count * part);
    for (const [bin, count] of bins) {
      rest -= count;
      if (rest <= 0) return Math.min(this.#maxMs, Math.max(this.#minMs, Math.round(startOf(bin))));
    }
    return this.#maxMs;
  }
}

function binOf(durationMs: number): number {
  return durationMs < 1 ? 0 : 1 + Math.floor(Math.log(durationMs) / Math.log(growth) + 1e-9);
}

function startOf(bin: number): number {
  return bin === 0 ? 0 : growth ** (bin - 1);
}

/** Neighbouring bins together, so many that no more bars are left than one can tell apart. */
function barsOf(bins: readonly (readonly [number, number])[]): Bar[] {
  const first = bins[0]?.[0] ?? 0;
  const last = bins.at(-1)?.[0] ?? first;
  const width = Math.ceil((last - first + 1) / mostBars);
  const counts = new Map<number, number>();
  for (const [bin, count] of bins) {
    const bar = Math.floor((bin - first) / width);
    counts.set(bar, (counts.get(bar) ?? 0) + count);
  }
  return [...counts].map(([bar, count]) => ({
    fromMs: startOf(first + bar * width),
    toMs: startOf(first + (bar + 1) * width),
    count,
  }));
}
