import { ComebackError } from '../../errors.ts';
import type { Wait } from '../../wait.ts';
import type { PowerSwitch } from '../power/switch.ts';
import { BiosFlashFailedError } from './errors.ts';
import type { BiosFlasher, FlashResult } from './flasher.ts';

/** A host whose firmware is a parameter of its start, as its owner hands it over. */
export interface BiosMachine {
  /** With its limits: a flash is a cut of the power like any other. */
  readonly power: Pick<PowerSwitch, 'on' | 'off'>;
  /** Has the machine report this BIOS version from its next power-on; called while it is off. */
  setBios(version: string, wait: Wait): Promise<void>;
}

/** The BIOS of a virtual lab: power off, another SMBIOS version, power on. */
export class MachineFlasher implements BiosFlasher {
  readonly driver = 'virtual-lab';
  readonly #host: string;
  readonly #machine: BiosMachine;

  constructor(host: string, machine: BiosMachine) {
    this.#host = host;
    this.#machine = machine;
  }

  async flash(version: string, wait: Wait): Promise<FlashResult> {
    wait.signal?.throwIfAborted();
    // Whoever cut the power brings it back: neither an abort nor a deadline that passed may leave the host without it.
    const inAnyCase: Wait = { timeoutMs: wait.timeoutMs };
    try {
      await this.#machine.power.off(wait);
    } catch (error) {
      if (!isRefusal(error)) await this.#on(version, inAnyCase);
      throw error;
    }
    const failure = await this.#machine.setBios(version, inAnyCase).then(
      () => undefined,
      (error: unknown) => ({ error }),
    );
    await this.#on(version, inAnyCase);
    if (failure === undefined) return { next: 'reconnect' };
    throw new BiosFlashFailedError(this.#host, version, withoutFullStop(failure.error), {
      advice: 'Its power is on again, with the BIOS that it had.',
      cause: failure.error,
    });
  }

  async #on(version: string, wait: Wait): Promise<void> {
    try {
      await this.#machine.power.on(wait);
    } catch (cause) {
      throw new BiosFlashFailedError(this.#host, version, withoutFullStop(cause), {
        advice: 'The host is without power. Switch it on.',
        cause,
      });
    }
  }
}

/** Errors that say that nothing was touched. */
function isRefusal(error: unknown): boolean {
  return error instanceof ComebackError && (error.kind === 'safety' || error.kind === 'usage');
}

function withoutFullStop(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replace(/\.$/, '');
}
