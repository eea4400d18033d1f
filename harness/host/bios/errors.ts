import { ComebackError } from '../../errors.ts';

/** The BIOS was not flashed, or only in part. */
export class BiosFlashFailedError extends ComebackError {
  override readonly code = 'BIOS_FLASH_FAILED';
  override readonly kind = 'infra';
  readonly host: string;
  readonly version: string;
  /** The last lines of what the flasher said, without secrets. */
  readonly output: readonly string[];

  constructor(
    host: string,
    version: string,
    reason: string,
    options: { readonly advice: string; readonly output?: readonly string[]; readonly cause?: unknown },
  ) {
    const output = options.output ?? [];
    const said = output.length === 0 ? '' : ` Its last words:${output.map((line) => `\n    ${line}`).join('')}`;
    super(`Flashing BIOS ${version} onto ${host} failed: ${reason}. ${options.advice}${said}`, {
      cause: options.cause,
    });
    this.host = host;
    this.version = version;
    this.output = output;
  }
}

/** There is no image of the BIOS version that was asked for. Nothing was done. */
export class UnknownBiosImageError extends ComebackError {
  override readonly code = 'BIOS_IMAGE_UNKNOWN';
  override readonly kind = 'usage';
  readonly version: string;

  constructor(host: string, version: string, why: string, options?: { readonly cause?: unknown }) {
    super(
      `There is no image of BIOS ${version} for ${host}: ${why}. Nothing was flashed. ` +
        'Correct "bios.images" in the inventory, or ask for another version.',
      options,
    );
    this.version = version;
  }
}

/** The inventory asks for something that cannot be done on this host. Nothing was done. */
export class BiosConfigError extends ComebackError {
  override readonly code = 'BIOS_CONFIG';
  override readonly kind = 'usage';
}

/** The host does not tell its BIOS version, so no flash could ever be proven. Nothing was done. */
export class BiosUnreadableError extends ComebackError {
  override readonly code = 'BIOS_UNREADABLE';
  override readonly kind = 'safety';

  constructor(version: string) {
    super(
      `The lab host does not tell its BIOS version (/sys/class/dmi/id/bios_version), so it could not be proven that BIOS ${version} ` +
        'runs. Nothing was flashed. Run without --bios.',
    );
  }
}
