import { timers } from '../../timers.ts';
import type { LiveView } from '../live-view.ts';
import { pageModel } from './page-model.ts';

/** One state of a run as the page gets it. */
export interface FeedEntry {
  readonly id: string;
  readonly data: string;
}

/** The newest state, and word of when there is a newer one. Whoever comes late needs no older one, for each tells all. */
export class LiveFeed {
  #latest: FeedEntry | undefined;
  #view: LiveView | undefined;
  #waiting = new Set<() => void>();

  get latest(): FeedEntry | undefined {
    return this.#latest;
  }

  get view(): LiveView | undefined {
    return this.#view;
  }

  push(view: LiveView): void {
    this.#view = view;
    const id = `${view.startedAtMs}-${view.lastEvent}-${view.standing}`;
    if (id === this.#latest?.id) return;
    this.#latest = { id, data: JSON.stringify(pageModel(view)) };
    for (const wake of [...this.#waiting]) wake();
  }

  /** Resolves once there is another state than the one named, the time is up, or the signal aborts. */
  async changed(id: string | undefined, timeoutMs: number, signal: AbortSignal): Promise<void> {
    if (this.#latest?.id !== id || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        timer[Symbol.dispose]();
        signal.removeEventListener('abort', wake);
        this.#waiting.delete(wake);
        resolve();
      };
      const timer = timers.after(timeoutMs, wake);
      signal.addEventListener('abort', wake, { once: true });
      this.#waiting.add(wake);
    });
  }
}
