import { ComebackError } from '../errors.ts';

/** The events do not begin with `run-started`, so nothing says what was watched: an empty file, or one that is no run. */
export class NotARunError extends ComebackError {
  override readonly code = 'JUDGE_NOT_A_RUN';
  override readonly kind = 'usage';

  /** @param source names the journal for the person who asked for it. */
  constructor(source = 'The journal') {
    super(`${source} does not begin with run-started, so there is no run to judge. Was it cut off, or is it empty?`);
  }
}
