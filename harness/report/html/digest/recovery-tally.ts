import { type JournalEventOf, type RungName, rungNames } from '../../../journal/events.ts';
import { DurationHistogram, type Durations } from './duration-histogram.ts';

/** What one rung of the recovery ladder did over a whole run. */
export interface RungTotals {
  readonly rung: RungName;
  readonly taken: number;
  /** Of these, how often it brought at least one function back. */
  readonly helped: number;
  readonly failed: number;
  readonly notPossible: number;
  readonly forbidden: number;
  /** The last reason that was given; undefined where none was. */
  readonly message: string | undefined;
  /** Of those that were taken. */
  readonly durations: Durations | undefined;
}

type Counts = Omit<RungTotals, 'rung' | 'durations'>;
const none: Counts = { taken: 0, helped: 0, failed: 0, notPossible: 0, forbidden: 0, message: undefined };

/** Adds up the rungs that were taken, and those that were not. */
export class RecoveryTally {
  readonly #rungs = new Map<RungName, { counts: Counts; readonly times: DurationHistogram }>();

  push({ rung, revived, durationMs, standing, message }: JournalEventOf<'rung-done'>): void {
    const known = this.#rungs.get(rung) ?? { counts: none, times: new DurationHistogram() };
    this.#rungs.set(rung, known);
    const isTaken = standing === undefined ? message === undefined : standing === 'taken';
    if (isTaken) known.times.add(durationMs);
    const { counts } = known;
    const one = (is: boolean): number => (is ? 1 : 0);
    known.counts = {
      taken: counts.taken + one(isTaken),
      helped: counts.helped + one(revived.length > 0),
      failed: counts.failed + one(standing === 'failed'),
      notPossible: counts.notPossible + one(standing === 'not-possible'),
      forbidden: counts.forbidden + one(standing === 'forbidden'),
      message: message ?? counts.message,
    };
  }

  /** Weakest rung first; those that never came up are left out. */
  get rungs(): readonly RungTotals[] {
    return rungNames.flatMap((rung) => {
      const known = this.#rungs.get(rung);
      return known === undefined ? [] : [{ rung, ...known.counts, durations: known.times.durations }];
    });
  }
}
