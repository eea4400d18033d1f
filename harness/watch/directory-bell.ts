import { type FSWatcher, watch } from 'node:fs';
import { timers } from '../timers.ts';

/**
 * Rings when something in a directory changes, and else now and then: the kernel tells of changes (inotify(7)), but not on every
 * file system, and not where the user's watches are used up.
 */
export class DirectoryBell implements Disposable {
  readonly #lookAgainMs: number;
  readonly #watcher: FSWatcher | undefined;
  #hasRung = false;
  #wake: () => void = () => undefined;

  /** @param lookAgainMs it rings after so long a silence as well. */
  constructor(directory: string, lookAgainMs: number) {
    this.#lookAgainMs = lookAgainMs;
    this.#watcher = watcherOf(directory, () => this.#ring());
  }

  /** Resolves once it has rung since the last call, or the signal aborts. */
  async rung(signal: AbortSignal): Promise<void> {
    if (!this.#hasRung && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const timer = timers.after(this.#lookAgainMs, resolve);
        const wake = (): void => {
          timer[Symbol.dispose]();
          signal.removeEventListener('abort', wake);
          resolve();
        };
        this.#wake = wake;
        signal.addEventListener('abort', wake, { once: true });
      });
    }
    this.#hasRung = false;
  }

  [Symbol.dispose](): void {
    this.#watcher?.close();
  }

  #ring(): void {
    this.#hasRung = true;
    this.#wake();
  }
}

function watcherOf(directory: string, ring: () => void): FSWatcher | undefined {
  try {
    const watcher = watch(directory, ring);
    watcher.on('error', () => watcher.close());
    return watcher;
  } catch {
    return undefined;
  }
}
