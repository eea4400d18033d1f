import { type Observer, startObserver } from '../observer/client.ts';
import { connectPersistently } from '../ssh/reconnect.ts';
import { SshSession } from '../ssh/session.ts';
import type { SshTarget } from '../ssh/target.ts';
import type { Wait } from '../wait.ts';

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

  /** Tries until the deadline: for a host that reboots or whose network comes and goes. */
  static async reconnect(target: SshTarget, wait: Wait): Promise<LabHost> {
    return await LabHost.#on(await connectPersistently(target, { wait }), wait);
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
