import type { Clock } from '../../clock.ts';

/** A clock of the controller whose hands somebody moves, as NTP, a user or a suspend do. What sleeps on it sleeps as long as before. */
export class JumpingClock implements Clock {
  readonly #clock: Clock;
  #offsetMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  nowMs(): number {
    return this.#clock.nowMs() + this.#offsetMs;
  }

  sleep(durationMs: number, signal?: AbortSignal): Promise<void> {
    return this.#clock.sleep(durationMs, signal);
  }

  /** @param byMs below 0: back */
  jump(byMs: number): void {
    this.#offsetMs += byMs;
  }
}
