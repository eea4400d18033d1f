import { ComebackError } from '../../errors.ts';

/** A console cannot be heard, or was lost. The recorder tries again by itself; nothing is concluded about the host. */
export class ConsoleSourceError extends ComebackError {
  override readonly code = 'CONSOLE_SOURCE_FAILED';
  override readonly kind = 'infra';
  readonly source: string;

  constructor(source: string, reason: string, options?: { cause?: unknown }) {
    super(`The console ${source} cannot be heard: ${reason}. Check the entry "console" of the host.`, options);
    this.source = source;
  }
}

/** The console's record cannot be written. Lines are still watched and kept in memory. */
export class ConsoleWriteError extends ComebackError {
  override readonly code = 'CONSOLE_WRITE_FAILED';
  override readonly kind = 'infra';

  constructor(path: string, cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause);
    super(`Cannot write the console's record ${path}: ${why}. Free space on the controller.`, { cause });
  }
}

/** The inventory asks for a console that this host does not have. */
export class ConsoleConfigError extends ComebackError {
  override readonly code = 'CONSOLE_CONFIG';
  override readonly kind = 'usage';
}
