import { ComebackError } from './errors.ts';
import { timers } from './timers.ts';

/** How long a caller is ready to wait, and how it calls the wait off. Every wait in the harness takes one. */
export interface Wait {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** A deadline passed. It says nothing about a device: whoever waited knows what the silence means. */
export class DeadlineError extends ComebackError {
  override readonly code = 'DEADLINE_PASSED';
  override readonly kind = 'infra';
  readonly waitedFor: string;
  readonly timeoutMs: number;

  constructor(waitedFor: string, timeoutMs: number) {
    super(`Waited ${(timeoutMs / 1000).toFixed(1)} s for ${waitedFor} in vain.`);
    this.waitedFor = waitedFor;
    this.timeoutMs = timeoutMs;
  }
}

/**
 * The signal that ends a wait: the caller's own, or a {@link DeadlineError} once the time is up.
 * The caller disposes it, so that no timer outlives the wait.
 */
export function deadlineSignal(wait: Wait, waitedFor: string): { signal: AbortSignal } & Disposable {
  const deadline = new AbortController();
  const timer = timers.after(wait.timeoutMs, () => deadline.abort(new DeadlineError(waitedFor, wait.timeoutMs)));
  return {
    signal: wait.signal === undefined ? deadline.signal : AbortSignal.any([wait.signal, deadline.signal]),
    [Symbol.dispose]: () => timer[Symbol.dispose](),
  };
}

/** Rejects with the signal's reason as soon as it aborts, else settles as the promise does. The promise itself is not stopped. */
export async function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  // Whoever called the wait off will not look at the promise again; its failure must not end the process.
  promise.catch(() => undefined);
  signal.throwIfAborted();
  let onAbort: () => void = () => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(signal.reason instanceof Error ? signal.reason : new Error(String(signal.reason)));
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** Settles as the promise does, or rejects with {@link DeadlineError} or the caller's abort reason. */
export async function within<T>(promise: Promise<T>, wait: Wait, waitedFor: string): Promise<T> {
  using deadline = deadlineSignal(wait, waitedFor);
  return await orAborted(promise, deadline.signal);
}

/** Whether it came before its deadline. */
export async function inTime(wait: Promise<unknown>): Promise<boolean> {
  try {
    await wait;
    return true;
  } catch (error) {
    if (error instanceof DeadlineError) return false;
    throw error;
  }
}
