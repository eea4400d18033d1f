import { ComebackError } from '../errors.ts';

/** A notification did not get through. It says nothing of the run, and holds no secret. */
export class NotifyError extends ComebackError {
  override readonly code = 'NOTIFY_FAILED';
  override readonly kind = 'infra';
}
