import { readdir } from 'node:fs/promises';
import { ComebackError } from '../errors.ts';
import type { CellRequest, JournalEventOf } from '../journal/events.ts';
import { parkedState } from '../journal/parked-state.ts';
import { readJournal } from '../journal/reader.ts';
import { runFiles } from '../report/write-reports.ts';
import { runDirectory } from './record-run.ts';

/** A run that waits for a person, as its journal has it: nothing that it was asked for can be changed any more. */
export interface ParkedRun {
  readonly run: string;
  readonly host: string;
  readonly cycles: number;
  readonly cell: CellRequest | undefined;
}

/** There is no run to go on with. */
export class NotParkedError extends ComebackError {
  override readonly code = 'RUN_NOT_PARKED';
  override readonly kind = 'usage';
}

/**
 * The parked run of a name, or the last one.
 *
 * @param asked what the command was asked for beside it, which must be nothing: the journal says what the run is.
 * @throws NotParkedError, JournalReadError
 */
export async function parkedRun(
  reports: string,
  name: string,
  asked: Readonly<Partial<Record<'cell' | 'kernel' | 'cmdline' | 'bios' | 'cycles', unknown>>>,
): Promise<ParkedRun> {
  const { cell, kernel, cmdline, bios, cycles } = asked;
  if ([cell, kernel, cmdline, bios, cycles].some((value) => value !== undefined)) {
    throw new NotParkedError('--resume goes on with what the run was asked for: leave out the cell and --cycles.');
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
  return { run, host: start.host, cycles: start.plan.cycles, cell: start.plan.cell };
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
