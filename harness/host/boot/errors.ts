import { ComebackError } from '../../errors.ts';

/** A tool of the lab host did not do its part of a boot. */
export class BootCommandError extends ComebackError {
  override readonly code = 'BOOT_COMMAND_FAILED';
  override readonly kind = 'infra';
  readonly argv: readonly string[];
  readonly status: number | null;

  constructor(what: string, argv: readonly string[], status: number | null, said: string) {
    super(
      `${what} failed on the lab host (exit ${status ?? 'by a signal'}): ${said.trim().slice(0, 2000) || 'no message'}. ` +
        'Nothing was rebooted. Try the same on the host by hand.',
    );
    this.argv = argv;
    this.status = status;
  }
}

/** What a tool of the lab host printed is not what it prints on the hosts we know. */
export class BootOutputError extends ComebackError {
  override readonly code = 'BOOT_OUTPUT_UNKNOWN';
  override readonly kind = 'infra';

  constructor(source: string, why: string) {
    super(
      `Cannot understand ${source} of the lab host: ${why}. Nothing was rebooted; this comeback may be older than the host.`,
    );
  }
}

/** The host has no boot loader that we know how to make boot something once. */
export class NoBootLoaderError extends ComebackError {
  override readonly code = 'BOOT_LOADER_UNKNOWN';
  override readonly kind = 'safety';

  constructor(seen: string) {
    super(
      `The lab host boots by none of GRUB, systemd-boot and proxmox-boot-tool (${seen}), so no kernel can be booted just once. ` +
        'Nothing was changed. Boot the wanted kernel by hand and run without --kernel and --cmdline.',
    );
  }
}

/** The boot asked for would not be a single one, or could not be taken back by a mere power cycle. */
export class NotOneShotError extends ComebackError {
  override readonly code = 'BOOT_NOT_ONE_SHOT';
  override readonly kind = 'safety';
  readonly reason: string;

  constructor(reason: string, advice: string) {
    super(`This boot cannot be limited to one: ${reason}. Nothing was changed. ${advice}`);
    this.reason = reason;
  }
}

export class UnknownKernelError extends ComebackError {
  override readonly code = 'BOOT_KERNEL_UNKNOWN';
  override readonly kind = 'usage';

  constructor(kernel: string, installed: readonly string[]) {
    super(
      `The lab host has no kernel ${kernel} that its boot loader could start. It has: ${installed.join(', ') || 'none'}. ` +
        'Choose one of them, or install its .deb first.',
    );
  }
}

/** Someone, perhaps an earlier run that died, has already armed a boot. */
export class AlreadyArmedError extends ComebackError {
  override readonly code = 'BOOT_ALREADY_ARMED';
  override readonly kind = 'safety';

  constructor(what: string) {
    super(`A boot is already armed on the lab host: ${what}. Nothing was changed. Clear it first.`);
  }
}

/** What the loader shows after arming is not what was armed; it was taken back. */
export class ArmFailedError extends ComebackError {
  override readonly code = 'BOOT_ARM_FAILED';
  override readonly kind = 'infra';

  constructor(asked: string, shown: string) {
    super(
      `Armed ${asked}, but the boot loader shows ${shown}. It was cleared and nothing was rebooted. ` +
        'Look at the boot loader’s files on the host.',
    );
  }
}

/** Something stays armed although it was cleared: the next boot of the host may not be its default one. */
export class StillArmedError extends ComebackError {
  override readonly code = 'BOOT_STILL_ARMED';
  override readonly kind = 'infra';

  constructor(what: string) {
    super(`${what} is still armed on the lab host after it was cleared. Clear it by hand before the host is rebooted.`);
  }
}
