import { ComebackError } from '../../errors.ts';
import type { HostIdentity } from '../../journal/events.ts';
import type { BootDeparture } from './boot-proof.ts';

/** Something came up, but it is not the cell that was asked for; nothing may be concluded about it. Nothing stays armed. */
export class BootNotAsAskedError extends ComebackError {
  override readonly code = 'BOOT_NOT_AS_ASKED';
  override readonly kind = 'infra';
  readonly departures: readonly BootDeparture[];

  constructor(cell: string, departures: readonly BootDeparture[]) {
    super(
      `The lab host came up, but not as the cell "${cell}": ${departures.map(({ finding }) => finding).join('; ')}. ` +
        'No VM was started. Its next boot is its default one.',
    );
    this.departures = departures;
  }
}

export interface BootFailure {
  /** Why the host counts as not booted. */
  readonly cause: ComebackError;
  readonly console: readonly string[];
  /** What the host runs after the power cycle; null where it was not cycled or did not answer. */
  readonly fallback: HostIdentity | null;
  readonly defaultKernel: string | undefined;
  /** The power device; undefined where there is none. */
  readonly power: string | undefined;
  /** What went wrong on the way back. */
  readonly trouble?: unknown;
}

/** The cell never reached SSH. */
export class BootFailedError extends ComebackError {
  override readonly code = 'BOOT_FAILED';
  override readonly kind = 'infra';
  readonly failure: BootFailure;

  constructor(cell: string, failure: BootFailure) {
    super(`The cell "${cell}" did not boot: ${failure.cause.message} ${afterwards(failure)}${lastWords(failure)}`, {
      cause: failure.cause,
    });
    this.failure = failure;
  }
}

function afterwards({ fallback, defaultKernel, power, trouble }: BootFailure): string {
  if (power === undefined) {
    return 'There is no power device in the inventory, so nothing could bring the host back: power-cycle it by hand; it starts its default kernel then.';
  }
  if (fallback === null) {
    const why = trouble instanceof Error ? `: ${trouble.message}` : '';
    return `Its power was cycled by ${power} and it did not come back${why}. Look at its console.`;
  }
  const isDefault = defaultKernel === undefined || fallback.kernel === defaultKernel;
  const which = isDefault ? 'its default kernel' : `not its default kernel ${defaultKernel}, but`;
  return `Its power was cycled by ${power}, and it runs ${which} ${fallback.kernel} again.`;
}

function lastWords({ console }: BootFailure): string {
  const tail = console.slice(-10).map((line) => `\n    ${line}`);
  return tail.length === 0 ? '' : ` The console's last words:${tail.join('')}`;
}
