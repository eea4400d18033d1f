import type { Clock } from '../../clock.ts';
import { DeadlineError } from '../../wait.ts';
import { PowerDeviceError } from './errors.ts';
import type { PowerDriver, PowerState } from './switch.ts';

/** What a device showed after an act. */
export interface ReadBack {
  /** True once the asked state was read twice in a row: a relay that flaps shows it once, too. */
  readonly shown: boolean;
  /** What was read, in order, repetitions left out. */
  readonly states: readonly PowerState[];
  /** Why the last reading failed; undefined where it did not. */
  readonly problem: PowerDeviceError | undefined;
}

export interface ReadBackOptions {
  readonly clock: Clock;
  readonly pollMs: number;
  /** Controller time at which patience ends. */
  readonly endMs: number;
  readonly signal: AbortSignal | undefined;
}

const readingsInARow = 2;

/** Reads the state until it shows what was asked for, or the time is up. @throws the reason of the signal. */
export async function readBack(driver: PowerDriver, asked: PowerState, options: ReadBackOptions): Promise<ReadBack> {
  const { clock, pollMs, endMs, signal } = options;
  const states: PowerState[] = [];
  let problem: PowerDeviceError | undefined;
  let inARow = 0;
  for (let reading = 1; ; reading += 1) {
    const timeoutMs = Math.max(1, Math.min(endMs - clock.nowMs(), driver.patienceMs));
    let state: PowerState = 'unknown';
    problem = undefined;
    try {
      state = await driver.state({ timeoutMs, ...(signal === undefined ? {} : { signal }) });
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof PowerDeviceError)) throw error;
      // Our own end cut this reading short: it takes nothing from what was read before.
      const wasCut = error.cause instanceof DeadlineError && timeoutMs < driver.patienceMs;
      if (wasCut && states.length > 0) return { shown: false, states, problem };
      problem = error;
    }
    if (states.at(-1) !== state) states.push(state);
    inARow = state === asked ? inARow + 1 : 0;
    if (inARow === readingsInARow) return { shown: true, states, problem };
    // Even where time is up, one reading is too few to see the state twice.
    const isLast = clock.nowMs() + pollMs > endMs && !(inARow === 1 && reading < readingsInARow);
    if (isLast) return { shown: false, states, problem };
    await clock.sleep(pollMs, signal);
  }
}
