import { ComebackError } from '../errors.ts';

/** The build command says that this commit cannot be tested, as in `git bisect run`: exit code 125. The bisect goes on without it. */
export class KernelSkippedError extends ComebackError {
  override readonly code = 'BISECT_KERNEL_SKIPPED';
  override readonly kind = 'usage';

  constructor(commit: string, said: string) {
    super(`The commit ${commit} cannot be built (exit 125)${said === '' ? '' : `: ${said}`}`);
  }
}

/** The run of a visit ended in order and before its cycles were done; nothing says why. */
export class VisitUnfinishedError extends ComebackError {
  override readonly code = 'BISECT_VISIT_UNFINISHED';
  override readonly kind = 'infra';

  constructor(run: string) {
    super(
      `The run ${run} of this visit ended before its cycles were done: look at its journal, then go on with the bisect.`,
    );
  }
}
