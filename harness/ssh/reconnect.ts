import pRetry from 'p-retry';
import { deadlineSignal, DeadlineError, type Wait } from '../wait.ts';
import { HostUnreachableError } from './errors.ts';
import type { ConnectionPace } from './handshake.ts';
import { SshSession } from './session.ts';
import { describeTarget, type SshTarget } from './target.ts';

export interface PersistentConnectOptions {
  /** Over all attempts. */
  readonly wait: Wait;
  /** Called after each attempt that failed and will be repeated. */
  readonly onAttempt?: (attempt: { readonly number: number; readonly error: HostUnreachableError }) => void;
  /** Pause before the next attempt: the first one, then 1.5 times as long each time, up to 5 s. */
  readonly firstPauseMs?: number;
  readonly pace?: Partial<ConnectionPace>;
}

/** A host that boots answers nothing at first: an attempt that hears nothing gives way to the next one early. */
const bootSilenceTimeoutMs = 4000;
const attemptTimeoutMs = 30_000;

/**
 * Connects to a host that may still be booting: repeats what may pass (unreachable, refused, reset), and nothing else.
 *
 * @throws HostUnreachableError with the last reason and the number of attempts once the deadline passes; a wrong host
 * key or a refused login at once.
 */
export async function connectPersistently(target: SshTarget, options: PersistentConnectOptions): Promise<SshSession> {
  using deadline = deadlineSignal(options.wait, `an SSH session with ${describeTarget(target)}`);
  const { signal } = deadline;
  let attempts = 0;
  let lastReason = 'no attempt ended in time';
  try {
    return await pRetry(
      async () => {
        attempts += 1;
        return await SshSession.connect(
          target,
          { timeoutMs: attemptTimeoutMs, signal },
          { silenceTimeoutMs: bootSilenceTimeoutMs, ...options.pace },
        );
      },
      {
        retries: Number.POSITIVE_INFINITY,
        factor: 1.5,
        minTimeout: options.firstPauseMs ?? 500,
        maxTimeout: 5000,
        // Up to twice as long, so that several controllers do not come back in step.
        randomize: true,
        signal,
        shouldRetry: ({ error }) => error instanceof HostUnreachableError && !signal.aborted,
        onFailedAttempt: ({ error, attemptNumber }) => {
          if (!(error instanceof HostUnreachableError)) return;
          lastReason = error.reason;
          if (!signal.aborted) options.onAttempt?.({ number: attemptNumber, error });
        },
      },
    );
  } catch (error) {
    options.wait.signal?.throwIfAborted();
    if (signal.reason instanceof DeadlineError) {
      throw new HostUnreachableError(target, lastReason, { cause: error, attempts });
    }
    throw error;
  }
}
