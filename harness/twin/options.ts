import type { Clock } from '../clock.ts';
import type { JumpingClock } from './faults/jumping-clock.ts';
import type { TwinFaultFile } from './faults/load.ts';
import type { HostIdentity } from './host-files.ts';
import type { TwinKeys } from './keys.ts';
import type { TwinBootOptions } from './loaders/options.ts';

export interface TwinOptions extends Partial<HostIdentity> {
  /** Where boot_ids and other accidents come from; equal seeds make equal twins. */
  readonly seed?: number;
  /** Milliseconds of the host's clock, for kernel log stamps and the VM's uptime. */
  readonly nowMs?: () => number;
  /** What the host's own waits rest on: a hang that ends, a reboot after a panic. */
  readonly clock?: Clock;
  /** Its fault script. */
  readonly faults?: TwinFaultFile;
  /** The clock of the controller that the script may move. */
  readonly controllerClock?: JumpingClock;
  /** How many of the latest events its record remembers; a hundred thousand unless given. */
  readonly recordedEvents?: number;
  /** Its keys, so that two hosts can have the same; new ones unless given. */
  readonly keys?: TwinKeys;
  /** Kernels to choose from and a boot loader that starts them; without it every boot is the same. */
  readonly boot?: TwinBootOptions;
  readonly vm?: {
    readonly missing?: boolean;
    readonly running?: boolean;
    /** Value of a `lock:` line: `backup`, `migrate`. */
    readonly lock?: string;
    /** The VM's config names a guest agent; `twin.guest` is what it shows. */
    readonly agent?: boolean;
    /** Values of the `hostpciN` lines; the seed's four by default. */
    readonly hostpci?: readonly string[];
  };
}

/** Another board: what answers as another host behind the same address. */
export const otherBoard = {
  hostname: 'somebody-else',
  boardName: 'PRIME X470-PRO',
  biosVersion: '5007',
  biosDate: '06/17/2019',
} as const satisfies Partial<HostIdentity>;

const splitCommandLine =
  'BOOT_IMAGE=/boot/vmlinuz-6.8.12-4-pve root=/dev/sda2 ro quiet amd_iommu=on iommu=pt pcie_acs_override=downstream,multifunction';

/** Who the twin says it is: the board of the seed with its groups split, unless the options say otherwise. */
export function hostIdentity(options: TwinOptions): HostIdentity {
  return {
    hostname: options.hostname ?? 'elysium',
    kernelRelease: options.kernelRelease ?? '6.8.12-4-pve',
    commandLine: options.commandLine ?? splitCommandLine,
    boardName: options.boardName ?? 'ROG CROSSHAIR VII HERO',
    biosVersion: options.biosVersion ?? '2901',
    biosDate: options.biosDate ?? '10/16/2019',
  };
}
