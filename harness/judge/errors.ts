import { ComebackError } from '../errors.ts';

/** The events do not begin with `run-started`, so nothing says what was watched: an empty file, or one that is no run. */
export class NotARunError extends ComebackError {
  override readonly code = 'JUDGE_NOT_A_RUN';
  override readonly kind = 'usage';

  constructor() {
    super('The journal does not begin with run-started, so there is no run to judge. Was it cut off, or is it empty?');
  }
}
