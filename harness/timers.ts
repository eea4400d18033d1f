import { setImmediate as turn } from 'node:timers/promises';

/** Where deadlines and pauses of the harness come from: the one place in which a test can say that time passes. */
export interface Timers {
  /**
   * Calls back once the time is up, unless disposed before.
   *
   * @param delayMs as of setTimeout: at least 1 ms.
   */
  after(delayMs: number, fire: () => void): Disposable;
}

export const realTimers: Timers = {
  after: (delayMs, fire) => {
    const timer = setTimeout(fire, delayMs);
    return { [Symbol.dispose]: () => clearTimeout(timer) };
  },
};

let current = realTimers;

/** The timers in use. What is waited for at a lab host is waited for with these. */
export const timers: Timers = { after: (delayMs, fire) => current.after(delayMs, fire) };

/** Puts others in their place for the whole process until disposed. What was armed before stays with the old ones. */
export function useTimers(others: Timers): Disposable {
  const before = current;
  current = others;
  return { [Symbol.dispose]: () => void (current = before) };
}

/** Resolves after the time is up, rejects with the signal's reason once it aborts. */
export async function pause(durationMs: number, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  // Nothing to wait for is still a turn for everybody else.
  if (durationMs <= 0) {
    await turn();
    return;
  }
  await new Promise<void>((resolve, reject) => {
    const onAbort = (): void => {
      timer[Symbol.dispose]();
      reject(signal?.reason instanceof Error ? signal.reason : new Error(String(signal?.reason)));
    };
    const timer = timers.after(durationMs, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
