import { pause } from './timers.ts';

/** Time as the harness sees it; it comes in from outside, so that a twin can run a night in seconds. */
export interface Clock {
  /** Milliseconds since the epoch, on the controller. */
  nowMs(): number;
  /** Resolves after the time is up, rejects with the signal's reason once it aborts. */
  sleep(durationMs: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = { nowMs: () => Date.now(), sleep: pause };
