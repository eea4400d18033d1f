import type { Clock } from '../clock.ts';
import { realTimers, type Timers } from '../timers.ts';

/** A clock in which sleeping takes no time: it only moves the hands. */
export class VirtualClock implements Clock {
  #nowMs: number;

  /** @param startMs milliseconds since the epoch. */
  constructor(startMs = Date.UTC(2024, 0, 1)) {
    this.#nowMs = startMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  sleep(durationMs: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted === true) return Promise.reject(signal.reason instanceof Error ? signal.reason : new Error());
    this.#nowMs += durationMs;
    return Promise.resolve();
  }
}

interface Armed {
  readonly dueMs: number;
  readonly order: number;
  readonly fire: () => void;
  real: Disposable;
}

/**
 * Timers that run in real time until somebody says that time passes. So a deadline can be long, as on a real host, where a loaded
 * machine would make a short one misfire, and still be over at once when a scripted fault hangs something.
 * Put them in place with `useTimers`.
 */
export class SkippableTimers implements Timers {
  readonly #armed = new Set<Armed>();
  #skippedMs = 0;
  #orders = 0;

  after(delayMs: number, fire: () => void): Disposable {
    const armed: Armed = { dueMs: this.#nowMs + Math.max(1, delayMs), order: this.#orders++, fire, real: nothing };
    this.#arm(armed);
    this.#armed.add(armed);
    return { [Symbol.dispose]: () => this.#disarm(armed) };
  }

  /** How many deadlines and pauses run at this moment. */
  get pending(): number {
    return this.#armed.size;
  }

  /**
   * So much time passes now: everything due fires, in order, also what is armed by what fires. Resolves once that is done; what stays
   * armed has so much less to go.
   */
  async skip(durationMs: number): Promise<void> {
    let leftMs = durationMs;
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      const waitMs = Math.max(0, next.dueMs - this.#nowMs);
      if (waitMs > leftMs) break;
      this.#skippedMs += waitMs;
      leftMs -= waitMs;
      this.#disarm(next);
      next.fire();
      // Whoever waited goes on, and may wait for something else within the time that passes.
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.#skippedMs += leftMs;
    for (const armed of this.#armed) {
      armed.real[Symbol.dispose]();
      this.#arm(armed);
    }
  }

  get #nowMs(): number {
    return performance.now() + this.#skippedMs;
  }

  #arm(armed: Armed): void {
    armed.real = realTimers.after(armed.dueMs - this.#nowMs, () => {
      this.#armed.delete(armed);
      armed.fire();
    });
  }

  #disarm(armed: Armed): void {
    armed.real[Symbol.dispose]();
    this.#armed.delete(armed);
  }

  #next(): Armed | undefined {
    return [...this.#armed].sort((one, other) => one.dueMs - other.dueMs || one.order - other.order)[0];
  }
}

const nothing: Disposable = { [Symbol.dispose]: () => undefined };
