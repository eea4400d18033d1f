import { ComebackError } from '../errors.ts';

/** What was asked to be searched cannot be. */
export class BisectSpaceError extends ComebackError {
  override readonly code = 'BISECT_SPACE';
  override readonly kind = 'usage';
}

/** An option, a cost or an observation that has no meaning here. */
export class BisectDomainError extends ComebackError {
  override readonly code = 'BISECT_DOMAIN';
  override readonly kind = 'usage';
}
