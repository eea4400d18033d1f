import { orAborted } from '../wait.ts';

/** A counting semaphore: who finds no free slot waits in line. */
export class Slots {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  /** @returns the function that gives the slot back; only its first call counts. */
  async acquire(signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    if (this.#free > 0) this.#free -= 1;
    else await this.#waitInLine(signal);
    let held = true;
    return () => {
      if (held) this.#release();
      held = false;
    };
  }

  async #waitInLine(signal: AbortSignal): Promise<void> {
    let arrive: () => void = () => undefined;
    const turn = new Promise<void>((resolve) => (arrive = resolve));
    this.#waiting.push(arrive);
    try {
      await orAborted(turn, signal);
    } catch (error) {
      const place = this.#waiting.indexOf(arrive);
      if (place === -1) this.#release();
      else this.#waiting.splice(place, 1);
      throw error;
    }
  }

  #release(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free += 1;
    else next();
  }
}
