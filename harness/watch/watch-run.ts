import type { Clock } from '../clock.ts';
import type { JournalEvent } from '../journal/events.ts';
import { NotARunError } from '../judge/errors.ts';
import type { CycleJudgement } from '../judge/verdict.ts';
import { followJournal } from './follow-journal.ts';
import { LiveFold } from './live-state.ts';
import { type LiveView, liveView } from './live-view.ts';

/** What shows a run to somebody. */
export interface WatchOutput {
  /** Told of every event; `isOld` for what was in the journal when one began to look. */
  event?(event: JournalEvent, judgement: CycleJudgement | undefined, isOld: boolean): void;
  /** Told of the run as it is now, whenever that changed and now and then. */
  view(view: LiveView): Promise<void> | void;
}

export interface WatchedRun {
  /** Path of `journal.ndjson`. */
  readonly journal: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Whether a process on this controller is at work on the run. */
  readonly isUnderWay: () => Promise<boolean>;
  /** Asked of a run that is not under way whether to leave it; left out, it is left at once. */
  readonly isLeft?: () => Promise<boolean>;
  /** As of {@link followJournal}. */
  readonly lookAgainMs?: number;
}

/**
 * Shows a run until it is not under way any more, or the signal aborts.
 *
 * @returns the run as it was shown last; undefined where nothing was.
 * @throws JournalReadError, NotARunError, and what an output throws
 */
export async function watchRun(run: WatchedRun, outputs: readonly WatchOutput[]): Promise<LiveView | undefined> {
  const { journal, clock, signal, isUnderWay, isLeft = () => Promise.resolve(true), lookAgainMs } = run;
  const fold = new LiveFold();
  let isOld = true;
  let shown: LiveView | undefined;
  // Asked before each look: a run that ended in between has its end in the journal then.
  let isAlive = await isUnderWay();
  const following = followJournal(journal, { signal, ...(lookAgainMs === undefined ? {} : { lookAgainMs }) });
  for await (const { events, isCaughtUp } of following) {
    for (const event of events) {
      const judgement = fold.push(event);
      for (const output of outputs) output.event?.(event, judgement, isOld);
    }
    if (!isCaughtUp) continue;
    isOld = false;
    const state = fold.state();
    if (state !== undefined) {
      shown = liveView(state, clock.nowMs(), isAlive);
      for (const output of outputs) await output.view(shown);
    }
    const isOver = shown === undefined ? !isAlive : shown.standing !== 'under-way';
    if (isOver && (await isLeft())) {
      if (shown === undefined) throw new NotARunError(journal);
      return shown;
    }
    isAlive = await isUnderWay();
  }
  return shown;
}
