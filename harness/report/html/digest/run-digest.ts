import type { JournalEvent, JournalEventOf } from '../../../journal/events.ts';
import { RunJudge } from '../../../judge/run-judge.ts';
import type { RunJudgement } from '../../../judge/run-judgement.ts';
import { performedResets, type PerformedReset } from '../../../pci/reset-names.ts';
import { Causes, type Cause } from './causes.ts';
import { CycleFile, type CycleStory } from './cycle-file.ts';
import { DurationHistogram, type Durations } from './duration-histogram.ts';
import { type GroupSight, GroupWatch } from './group-sight.ts';
import { RecoveryTally, type RungTotals } from './recovery-tally.ts';
import { StoryShelf } from './story-shelf.ts';
import { type Strip, StripColumns } from './strip-columns.ts';

/** All that the page of a run shows, beside its judgement. Its size has a limit, whatever the length of the run. */
export interface PageModel {
  readonly strip: Strip;
  readonly vmStart: Durations | undefined;
  readonly vmStop: Durations | undefined;
  /** How long resets took, by method; only those that were seen to end. */
  readonly resetTimes: readonly (readonly [PerformedReset, Durations])[];
  readonly rungs: readonly RungTotals[];
  readonly groups: GroupSight | undefined;
  readonly causes: readonly Cause[];
  /** Cycles with reasons beyond those that are listed. */
  readonly otherCauses: number;
  readonly stories: readonly CycleStory[];
  readonly storiesOmitted: number;
  /** How often somebody went on with the run. */
  readonly sessions: number;
  /** What it waits for; undefined where it is not parked. */
  readonly parked: JournalEventOf<'parked'> | undefined;
}

/** Judges a run and gathers what its page shows, one event at a time, in memory that does not grow with the run. */
export class RunDigest {
  readonly #judge = new RunJudge();
  #strip: StripColumns | undefined;
  readonly #times = { 'vm-start': new DurationHistogram(), 'vm-stop': new DurationHistogram() };
  readonly #resetTimes = new Map<PerformedReset, DurationHistogram>();
  readonly #recovery = new RecoveryTally();
  readonly #groups = new GroupWatch();
  readonly #causes = new Causes();
  readonly #shelf = new StoryShelf();
  #file: CycleFile | undefined;
  #lastEdge: JournalEventOf<'edge'> | undefined;
  #lastResets: JournalEventOf<'resets'>['resets'];
  #sessions = 1;
  #parked: JournalEventOf<'parked'> | undefined;

  push(event: JournalEvent): void {
    // A cycle is judged by its own events and by what is said after it; the next one ends that.
    if (event.t === 'cycle-started') this.#settle();
    this.#judge.push(event);
    this.#gather(event);
    if (event.t === 'cycle-started') this.#file = new CycleFile(this.#lastEdge);
    this.#file?.push(event);
    if (event.t === 'edge') this.#lastEdge = event;
  }

  /**
   * The judgement and the page so far; a cycle under way counts as one that never ended, and nothing may be pushed after it.
   *
   * @throws NotARunError
   */
  result(): { readonly judgement: RunJudgement; readonly page: PageModel } {
    const judgement = this.#judge.result();
    this.#settle();
    return {
      judgement,
      page: {
        strip: (this.#strip ?? new StripColumns(0)).strip,
        vmStart: this.#times['vm-start'].durations,
        vmStop: this.#times['vm-stop'].durations,
        resetTimes: performedResets.flatMap((method) => {
          const durations = this.#resetTimes.get(method)?.durations;
          return durations === undefined ? [] : [[method, durations] as const];
        }),
        rungs: this.#recovery.rungs,
        groups: this.#groups.sight,
        causes: this.#causes.causes,
        otherCauses: this.#causes.others,
        stories: this.#shelf.stories,
        storiesOmitted: this.#shelf.omitted,
        sessions: this.#sessions,
        parked: this.#parked,
      },
    };
  }

  #settle(): void {
    if (this.#file === undefined) return;
    const judgement = this.#judge.lastCycle;
    if (judgement !== undefined) {
      this.#strip?.add(judgement);
      if (judgement.outcome !== 'pass') this.#shelf.add(this.#file, judgement, this.#causes.add(judgement));
    }
    this.#file = undefined;
  }

  #gather(event: JournalEvent): void {
    switch (event.t) {
      case 'run-started':
        this.#strip ??= new StripColumns(event.functions.length);
        return;
      case 'act-done':
        if (event.ok) this.#times[event.act].add(event.durationMs);
        return;
      case 'resets':
        this.#addResets(event);
        return;
      case 'rung-done':
        this.#recovery.push(event);
        return;
      case 'run-resumed':
        this.#sessions += 1;
        return;
      case 'parked':
        this.#parked = event;
        return;
      case 'resumed':
        this.#sessions += 1;
        this.#parked = undefined;
        return;
      case 'edge':
      case 'groups-read':
        this.#groups.push(event);
        return;
      default:
        return;
    }
  }

  /** A clean cycle leaves out which resets it had: those of the event before. */
  #addResets({ resets, ms }: JournalEventOf<'resets'>): void {
    this.#lastResets = resets ?? this.#lastResets;
    this.#lastResets?.forEach(({ method }, index) => {
      const took = ms[index];
      if (took == null) return;
      const histogram = this.#resetTimes.get(method) ?? new DurationHistogram();
      this.#resetTimes.set(method, histogram);
      histogram.add(took);
    });
  }
}
