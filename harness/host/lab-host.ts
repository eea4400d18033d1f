import { setTimeout as sleep } from 'node:timers/promises';
import { ComebackError } from '../errors.ts';
import { type Observer, startObserver } from '../observer/client.ts';
import { connectPersistently } from '../ssh/reconnect.ts';
import { SshSession } from '../ssh/session.ts';
import type { SshTarget } from '../ssh/target.ts';
import type { Wait } from '../wait.ts';

/** For the observer on a host that lets us in: one whose perl hangs is as silent as one without a network. */
const observerStartMs = 60_000;
/** Pause after a connection that was had and lost again at once, as those of a host that goes down: then twice as long each time. */
const firstPauseMs = 500;
const longestPauseMs = 10_000;

/** A lab host at hand: one SSH connection with one observer on it. When either goes, both are over. */
export class LabHost implements AsyncDisposable {
  readonly session: SshSession;
  readonly observer: Observer;

  private constructor(session: SshSession, observer: Observer) {
    this.session = session;
    this.observer = observer;
  }

  /** One try. Errors as of `SshSession.connect` and `startObserver`. */
  static async connect(target: SshTarget, wait: Wait): Promise<LabHost> {
    return await LabHost.#on(await SshSession.connect(target, wait), wait);
  }

  /**
   * Tries until the deadline: for a host that reboots or whose network comes and goes. A connection that is lost before the observer is up
   * is no answer, and not the last word either.
   */
  static async reconnect(target: SshTarget, wait: Wait): Promise<LabHost> {
    const startedAtMs = performance.now();
    const leftMs = (): number => Math.max(1, wait.timeoutMs - (performance.now() - startedAtMs));
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
      const session = await connectPersistently(target, { wait: { ...wait, timeoutMs: leftMs() } });
      try {
        return await LabHost.#on(session, { ...wait, timeoutMs: Math.min(leftMs(), observerStartMs) });
      } catch (error) {
        const mayPass = error instanceof ComebackError && error.kind === 'infra' && wait.signal?.aborted !== true;
        if (!mayPass || leftMs() <= pauseMs) throw error;
      }
      // Several controllers that lost the same host do not come back in step.
      await sleep(pauseMs * (0.5 + Math.random() / 2), undefined, { signal: wait.signal }).catch(() => undefined);
      wait.signal?.throwIfAborted();
    }
  }

  static async #on(session: SshSession, wait: Wait): Promise<LabHost> {
    try {
      return new LabHost(session, await startObserver(session, wait));
    } catch (error) {
      await session[Symbol.asyncDispose]();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.observer[Symbol.asyncDispose]();
    await this.session[Symbol.asyncDispose]();
  }
}
