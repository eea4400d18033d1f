import { readFile } from 'node:fs/promises';
import { ComebackError } from '../../errors.ts';
import type { PciAddress } from '../../pci/address.ts';
import type { SshSession } from '../../ssh/session.ts';
import type { Wait } from '../../wait.ts';

/** The host refused an act on a function or a port, or could not do it. */
export class BusActError extends ComebackError {
  override readonly code = 'BUS_ACT_FAILED';
  override readonly kind = 'infra';

  constructor(act: string, said: string) {
    super(`${act}: ${said.trim() || 'the host gave no reason'}`);
  }
}

/** A function and the driver that it is to have after a rescan; null leaves it without. */
export interface Rebound {
  readonly address: PciAddress;
  readonly driver: string | null;
}

/**
 * Acts on the PCI buses of a host. None of them looks whether it may: that is the interlocks' work, and must be done before.
 * Each throws BusActError with the kernel's words, DeadlineError where the kernel does not come back, or what the session throws.
 */
export class BusActs {
  readonly #session: SshSession;

  constructor(session: SshSession) {
    this.#session = session;
  }

  /** Resets each function by the method that the kernel has for it. A dead one can take 70 s (PCIE_RESET_READY_POLL_MS). */
  async resetFunctions(functions: readonly PciAddress[], wait: Wait): Promise<void> {
    await this.#run('function-reset', functions, wait);
  }

  /** Takes the functions out of the kernel's tree; those that are not in it any more are left out. */
  async remove(functions: readonly PciAddress[], wait: Wait): Promise<void> {
    await this.#run('remove', functions, wait);
  }

  /** Resets everything below the port. */
  async resetBus(port: PciAddress, wait: Wait): Promise<void> {
    await this.#run('bus-reset', [port], wait);
  }

  /** Has the kernel find what is below the port, and gives the functions named their drivers. No other bus is scanned. */
  async rescan(port: PciAddress, functions: readonly Rebound[], wait: Wait): Promise<void> {
    await this.#run('rescan', [port, ...functions.flatMap(({ address, driver }) => [address, driver ?? 'none'])], wait);
  }

  /**
   * Suspends the functions and their port, and wakes them again.
   *
   * @returns the `power_state` that was reached, such as `D3cold`.
   */
  async powerDown(
    functions: readonly PciAddress[],
    port: PciAddress,
    suspendSeconds: number,
    wait: Wait,
  ): Promise<string> {
    return (await this.#run('power-down', [String(suspendSeconds), ...functions, port], wait)).trim();
  }

  async #run(act: string, argv: readonly string[], wait: Wait): Promise<string> {
    const script = await readFile(new URL('bus-acts.pl', import.meta.url), 'utf8');
    const { exitCode, stdout, stderr } = await this.#session.exec(['perl', '-', act, ...argv], {
      stdin: script,
      wait,
    });
    if (exitCode !== 0) throw new BusActError(act, stderr);
    return stdout;
  }
}
