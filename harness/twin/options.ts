import type { HostIdentity } from './host-files.ts';
import type { TwinBootOptions } from './loaders/options.ts';

export interface TwinOptions extends Partial<HostIdentity> {
  /** Where boot_ids and other accidents come from; equal seeds make equal twins. */
  readonly seed?: number;
  /** Milliseconds of the host's clock, for kernel log stamps and the VM's uptime. */
  readonly nowMs?: () => number;
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
