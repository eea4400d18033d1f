import { within, type Wait } from '../wait.ts';

/** Waits that a loss ends: whatever is awaited through here rejects as soon as {@link end} is called. */
export class Pending {
  readonly #rejects = new Set<(error: Error) => void>();
  #ended: Error | undefined;

  get ended(): Error | undefined {
    return this.#ended;
  }

  /** Only the first reason counts. */
  end(reason: Error): void {
    if (this.#ended !== undefined) return;
    this.#ended = reason;
    for (const reject of this.#rejects) reject(reason);
    this.#rejects.clear();
  }

  /** Settles as the promise does; rejects with the loss, with DeadlineError, or with the caller's abort reason. */
  async wait<T>(promise: Promise<T>, wait: Wait, waitedFor: string): Promise<T> {
    if (this.#ended !== undefined) throw this.#ended;
    let reject: (error: Error) => void = () => undefined;
    const lost = new Promise<never>((_resolve, fail) => (reject = fail));
    this.#rejects.add(reject);
    try {
      return await within(Promise.race([promise, lost]), wait, waitedFor);
    } finally {
      this.#rejects.delete(reject);
    }
  }
}
