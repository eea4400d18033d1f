import type { JournalEventOf } from '../journal/events.ts';
import type { CycleOutcome } from './verdict.ts';

/** `refused`: a gate closed before the VM was ever started. `parked`: it waits for a person and can be resumed. */
export type RunOutcome = CycleOutcome | 'refused' | 'parked';

/** What a run came to, by its cycles and by how it ended. A device that did not survive outweighs whatever befell the lab. */
export function runOutcome(
  cycles: Readonly<Record<CycleOutcome, number>>,
  end: JournalEventOf<'run-finished'> | undefined,
  plan: JournalEventOf<'run-started'>['plan'],
): RunOutcome {
  if (end?.reason === 'parked') return 'parked';
  if (cycles.fail > 0) return 'fail';
  const judged = cycles.pass + cycles.infra + cycles.aborted;
  if (end?.reason === 'refused' && judged === 0) return 'refused';
  if (end?.reason === 'refused' || end?.reason === 'infra' || cycles.infra > 0) return 'infra';
  const isWhole = end?.reason === 'cycles-done' || end?.reason === 'stop-rule';
  if (!isWhole || cycles.aborted > 0) return 'aborted';
  // A run that did nothing has shown nothing, unless it was only to boot the cell and look.
  return cycles.pass > 0 || (plan.cycles === 0 && end.reason === 'cycles-done') ? 'pass' : 'infra';
}
