import type { Wait } from '../../wait.ts';

/**
 * What must happen next, once a flasher did its part. None of them is a proof: that is DMI's after the next boot.
 *
 * - `reboot`: the new BIOS is in the flash and runs from the next boot on; the host is as it was, and is to be rebooted.
 * - `reconnect`: the host lost its power and has it again; its connections are gone and it is booting its default.
 * - `operator`: nothing was done. A person must do what `instructions` say, and the run must park until then.
 */
export type FlashResult =
  | {
      readonly next: 'reboot';
      /** The last lines of what the flasher said, without secrets; bounded. */
      readonly output: readonly string[];
    }
  | { readonly next: 'reconnect' }
  | { readonly next: 'operator'; readonly instructions: string };

/** One way to put another BIOS onto a lab host. */
export interface BiosFlasher {
  /** As the inventory names it; `none` where it names none. */
  readonly driver: string;
  /**
   * Puts a BIOS version onto the host. It can be called off only before it has begun: from then on the signal is not heeded, for a
   * flash that stops half-way leaves a board that does not start.
   *
   * @param version as /sys/class/dmi/id/bios_version will read.
   * @throws UnknownBiosImageError, BiosConfigError before anything was done; BiosFlashFailedError, or an error of the power switch.
   */
  flash(version: string, wait: Wait): Promise<FlashResult>;
}
