import type { Wait } from '../../wait.ts';

export type LoaderKind = 'proxmox-boot-tool' | 'grub' | 'systemd-boot';

export interface InstalledKernel {
  /** As `uname -r` tells it. */
  readonly version: string;
  /** The kernel that boots when nothing is armed; false for all where that cannot be told. */
  readonly isDefault: boolean;
}

export interface BootRequest {
  readonly kernel: string;
  /**
   * Words to be on the command line beside the host's own; each takes the place of the words for the same parameter, and
   * `-parameter` takes one away. Undefined: the host's own command line as it is.
   */
  readonly commandLine?: string | undefined;
}

/** A boot that the host's next start will take instead of its default. */
export interface ArmedBoot {
  readonly means: 'next_entry' | 'LoaderEntryOneShot' | 'next-boot-pin';
  /** What the loader calls it. */
  readonly entry: string;
  /** Null where it cannot be told, as for an entry that somebody else armed. */
  readonly kernel: string | null;
  readonly commandLine: string | null;
}

/**
 * The boot loader of one lab host: makes it boot something once. The persistent default is never changed.
 *
 * Every method throws BootCommandError or BootOutputError where the host's tools do not do their part, and what the session throws.
 */
export interface BootLoader {
  readonly kind: LoaderKind;
  /**
   * What ends the armed boot: `loader`, the loader forgets it before it starts the kernel, so that a power cycle boots the default
   * whatever the kernel did; `good-boot`, only a boot that succeeds does, so that a dead kernel is booted again and again.
   */
  readonly endsBy: 'loader' | 'good-boot';
  kernels(wait: Wait): Promise<readonly InstalledKernel[]>;
  /**
   * Arms one boot and reads it back.
   *
   * @throws UnknownKernelError, NotOneShotError, CommandLineError or AlreadyArmedError before anything was changed; ArmFailedError.
   */
  arm(boot: BootRequest, wait: Wait): Promise<ArmedBoot>;
  /** What is armed, by whomever: an earlier run that died, or a person. */
  armed(wait: Wait): Promise<ArmedBoot | null>;
  /** Takes back whatever is armed, and our own entry. @throws StillArmedError */
  clear(wait: Wait): Promise<void>;
}

/** Entries that we make for one boot; nobody else has a name like theirs. */
export const ourEntryName = 'comeback-once';

export function isOurEntry({ entry }: Pick<ArmedBoot, 'entry'>): boolean {
  return entry === ourEntryName || entry === `${ourEntryName}.conf`;
}

export function describeArmed(armed: ArmedBoot | null): string {
  if (armed === null) return 'nothing';
  const kernel = armed.kernel === null ? '' : `, kernel ${armed.kernel}`;
  const words = armed.commandLine === null ? '' : ` with "${armed.commandLine}"`;
  return `${armed.means} "${armed.entry}"${kernel}${words}`;
}
