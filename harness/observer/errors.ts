import { ComebackError } from '../errors.ts';

/** Our eyes on the host are gone. It says nothing about a device. */
export class ObserverLostError extends ComebackError {
  override readonly code = 'OBSERVER_LOST';
  override readonly kind = 'infra';

  constructor(host: string, reason: string, cause?: unknown) {
    super(
      `The observer on ${host} is gone: ${reason}. Nothing was seen since; connect again and look at the host first.`,
      {
        cause,
      },
    );
  }
}

/** Another run has the lab now. From here on everything on it is theirs: nothing is stopped, started or mended by us any more. */
export class LabTakenOverError extends ComebackError {
  override readonly code = 'LAB_TAKEN_OVER';
  override readonly kind = 'infra';

  constructor(host: string, by: string) {
    super(
      `${by} took the lab lock of ${host} over. This run ends here and leaves the host as it is, its VM too if that was up; ` +
        'what it has seen so far stands.',
    );
  }
}

/** The observer, or somebody in its place, said something that is not in the protocol. */
export class ObserverProtocolError extends ComebackError {
  override readonly code = 'OBSERVER_PROTOCOL';
  override readonly kind = 'infra';

  constructor(what: string, said: string, cause?: unknown) {
    super(`The observer broke its protocol, ${what}: ${said.length > 200 ? `${said.slice(0, 199)}…` : said}`, {
      cause,
    });
  }
}

/** The observer understood a request and could not do it. */
export class ObserverRequestError extends ComebackError {
  override readonly code = 'OBSERVER_REQUEST_FAILED';
  override readonly kind = 'infra';
  readonly verb: string;
  readonly error: string;
  /** Why not, in the observer's own words. */
  readonly reason: string;

  constructor(verb: string, error: string, message: string) {
    super(`The observer could not answer "${verb}" (${error}): ${message}`);
    this.verb = verb;
    this.reason = message;
    this.error = error;
  }
}

/**
 * A read of a function's config space or link did not come back. Either the port above it hangs or the kernel is in the
 * middle of a reset of it; the observer goes on, and the reader on the host cannot be killed before the read returns.
 */
export class EdgeReadHungError extends ComebackError {
  override readonly code = 'OBSERVER_EDGE_READ_HUNG';
  override readonly kind = 'infra';

  constructor(message: string) {
    super(
      `A health read on the host hangs: ${message}. Look for a reset under way in the kernel log before you read it again.`,
    );
  }
}
