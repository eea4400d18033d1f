import type { NotifyTarget } from '../inventory/notify.ts';
import { within } from '../wait.ts';
import { NotifyError } from './errors.ts';
import type { Notification } from './notification.ts';
import { failureWords, send, targetName } from './send.ts';

interface NotifierOptions {
  /** Told in one line of what was not sent. */
  readonly warn: (line: string) => void;
  /** How long the end of the run waits for what is under way. */
  readonly closeMs?: number;
}

/**
 * Tells the targets of a host what befalls its run. Sending goes on beside the run: it never waits for it and never fails by it. What is not
 * taken in time, or at the end of the run within a few seconds, is one line of warning.
 */
export class Notifier implements AsyncDisposable {
  readonly #targets: readonly NotifyTarget[];
  readonly #warn: (line: string) => void;
  readonly #closeMs: number;
  readonly #underWay = new Set<Promise<void>>();
  readonly #end = new AbortController();

  constructor(targets: readonly NotifyTarget[], { warn, closeMs = 5000 }: NotifierOptions) {
    this.#targets = targets;
    this.#warn = warn;
    this.#closeMs = closeMs;
  }

  /** Begins to send, and comes back at once. */
  tell(notification: Notification): void {
    for (const [index, target] of this.#targets.entries()) {
      if (notification.event !== 'test' && !target.on.includes(notification.event)) continue;
      const wait = { timeoutMs: target.timeoutMs, signal: this.#end.signal };
      // Whatever a target is made of: a file with a secret can hang, too.
      const sending = within(send(target, notification, wait), wait, 'it to be taken').catch((error: unknown) => {
        this.#warn(`${targetName(target, index)} was not told of "${notification.event}": ${failureWords(error)}.`);
      });
      this.#underWay.add(sending);
      void sending.finally(() => this.#underWay.delete(sending));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const last = Promise.all(this.#underWay);
    if (this.#underWay.size === 0) return;
    await within(last, { timeoutMs: this.#closeMs }, 'the last notifications').catch(() => {
      this.#end.abort(new NotifyError('the run is over, and it was not taken so far'));
    });
    await last;
  }
}
