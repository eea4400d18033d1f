import { exitCodes } from '../errors.ts';
import type { JournalEventOf } from '../journal/events.ts';
import type { RunJudgement } from '../judge/run-judgement.ts';

type RunEnd = JournalEventOf<'run-finished'>;

/** The exit code of a run that is over, from its judgement alone: `soak` leaves with it, and `report` again later. */
export function exitCodeOf({
  outcome,
  end,
}: Pick<RunJudgement, 'outcome'> & { readonly end: Pick<RunEnd, 'reason'> | undefined }): number {
  switch (outcome) {
    case 'pass':
      return exitCodes.ok;
    case 'fail':
      return exitCodes.deviceDidNotSurvive;
    case 'refused':
      return exitCodes.safety;
    case 'parked':
      return exitCodes.parked;
    case 'infra':
      return exitCodes.infra;
    case 'aborted':
      // Without an end in the journal, nobody asked for the run to stop: comeback or its machine died.
      return end?.reason === 'interrupted' ? exitCodes.interrupted : exitCodes.infra;
  }
}
