import { readdir } from 'node:fs/promises';
import { ComebackError } from '../errors.ts';
import type { CellRequest, JournalEventOf, StopRules } from '../journal/events.ts';
import { parkedState } from '../journal/parked-state.ts';
import { readJournal } from '../journal/reader.ts';
import { runFiles } from '../report/write-reports.ts';
import { runDirectory } from './record-run.ts';

/** A run that waits for a person, as its journal has it: nothing that it was asked for can be changed any more. */
export interface ParkedRun {
  readonly run: string;
  readonly host: string;
  readonly cycles: number | undefined;
  readonly stopRules: StopRules | undefined;
  readonly cell: CellRequest | undefined;
}

/** There is no run to go on with. */
export class NotParkedError extends ComebackError {
  override readonly code = 'RUN_NOT_PARKED';
  override readonly kind = 'usage';
}

/** Options that say what a run is. */
const settled = ['cell', 'kernel', 'cmdline', 'bios', 'cycles', 'for', 'untilLost', 'prove'] as const;

/**
 * The parked run of a name, or the last one.
 *
 * @param asked what the command was asked for beside it, which must be nothing: the journal says what the run is.
 * @throws NotParkedError, JournalReadError
 */
export async function parkedRun(
  reports: string,
  name: string,
  asked: Readonly<Partial<Record<(typeof settled)[number], unknown>>>,
): Promise<ParkedRun> {
  if (settled.some((option) => asked[option] !== undefined)) {
    throw new NotParkedError(
      '--resume goes on with what the run was asked for: leave out the cell and --cycles, --for, --until-lost and --prove.',
    );
  }
  const run = name === 'last' ? await lastRun(reports) : name;
  const path = runFiles(runDirectory(reports, run)).journal;
  let start: JournalEventOf<'run-started'> | undefined;
  const parked = await parkedState(
    (async function* () {
      for await (const event of readJournal(path)) {
        if (event.t === 'run-started') start = event;
        yield event;
      }
    })(),
  );
  if (parked === undefined || start === undefined) {
    throw new NotParkedError(`The run ${run} is not parked: only a run that waits for its operator can be resumed.`);
  }
  const { cycles, stop, cell } = start.plan;
  return { run, host: start.host, cycles, stopRules: stop, cell };
}

async function lastRun(reports: string): Promise<string> {
  const names = await readdir(reports).catch(() => []);
  const last = names
    .filter((one) => /^\d{4}-\d\d-\d\dT/.test(one))
    .sort()
    .at(-1);
  if (last === undefined) throw new NotParkedError(`There is no run in ${reports}.`);
  return last;
}
