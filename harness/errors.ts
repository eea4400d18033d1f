/**
 * What an error means for the person who reads the exit code.
 * `infra` is the lab's fault or ours and says nothing about a device; `safety` is a refusal before anything was touched;
 * `parked` waits for a person and can be resumed.
 */
export type ErrorKind = 'usage' | 'infra' | 'safety' | 'parked' | 'internal' | 'interrupted';

/** Exit codes of the command line. A device that did not survive is a result (1), never an error. */
export const exitCodes = {
  ok: 0,
  deviceDidNotSurvive: 1,
  usage: 2,
  infra: 3,
  safety: 4,
  /** EX_TEMPFAIL of sysexits.h: not over, only waiting. */
  parked: 75,
  internal: 70,
  interrupted: 130,
} as const;

/**
 * Base of every error that comeback throws on purpose.
 *
 * @example
 * class UnreachableHostError extends ComebackError {
 *   override readonly code = 'SSH_HOST_UNREACHABLE';
 *   override readonly kind = 'infra';
 * }
 */
export abstract class ComebackError extends Error {
  /** Stable, machine-readable name such as `SSH_HOST_KEY_MISMATCH`; the prefix is the room. */
  abstract readonly code: string;
  abstract readonly kind: ErrorKind;

  /** @param message says what happened and what to do next, in words that stand alone on a terminal. */
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = new.target.name;
  }

  get exitCode(): number {
    return exitCodes[this.kind];
  }
}

/** An error that was expected is handed back, for whoever has to do something before the last word; a defect is thrown on. */
export async function expectedFailure(work: Promise<void>): Promise<ComebackError | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    if (error instanceof ComebackError) return error;
    throw error;
  }
}

/** Somebody asked the command to end; what was waiting for the lab when it came ends with this. */
export class InterruptedError extends ComebackError {
  override readonly code = 'INTERRUPTED';
  override readonly kind = 'interrupted';

  constructor(signal: string) {
    super(`Interrupted by ${signal}.`);
  }
}
