import { DeadlineError, within, type Wait } from '../../wait.ts';
import { PowerConfigError, PowerDeviceError } from './errors.ts';
import type { PowerDriver, PowerState } from './switch.ts';

/** Tells the operator what to do and resolves once it is done. Rejects with the signal's reason when it aborts. */
export type OperatorPrompt = (instruction: string, signal: AbortSignal) => Promise<void>;

/** The operator's hand at the switch. What a person says was done cannot be read back, so it is never verified. */
export class ManualPower implements PowerDriver {
  readonly description: string;
  readonly tellsState = false;
  readonly patienceMs = Number.POSITIVE_INFINITY;
  readonly #host: string;
  readonly #prompt: OperatorPrompt | undefined;

  /** @param prompt undefined where nobody can be asked, as without a terminal: every act is then refused. */
  constructor(host: string, prompt: OperatorPrompt | undefined) {
    this.description = `the operator at ${host}`;
    this.#host = host;
    this.#prompt = prompt;
  }

  async on(wait: Wait): Promise<void> {
    await this.#ask(`Switch the power of ${this.#host} ON.`, wait);
  }

  async off(wait: Wait): Promise<void> {
    await this.#ask(`Switch the power of ${this.#host} OFF, at the mains, and leave it off.`, wait);
  }

  state(): Promise<PowerState> {
    return Promise.resolve('unknown');
  }

  async #ask(instruction: string, wait: Wait): Promise<void> {
    const prompt = this.#prompt;
    if (prompt === undefined) {
      throw new PowerConfigError(
        `The inventory has the power of ${this.#host} switched by hand, but nobody can be asked here: "${instruction}" ` +
          'Run in a terminal, or give the host a power device under "power" in the inventory.',
      );
    }
    const done = new AbortController();
    const signal = wait.signal === undefined ? done.signal : AbortSignal.any([wait.signal, done.signal]);
    try {
      await within(prompt(instruction, signal), wait, `the operator: ${instruction}`);
    } catch (error) {
      if (!(error instanceof DeadlineError)) throw error;
      const reason = `nobody confirmed "${instruction}" within ${Math.round(error.timeoutMs / 1000)} s`;
      throw new PowerDeviceError(this.description, reason, { refused: false, cause: error });
    } finally {
      // A question that nobody waits for must not stay on the screen.
      done.abort();
    }
  }
}
