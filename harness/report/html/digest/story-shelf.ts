import type { CycleJudgement } from '../../../judge/verdict.ts';
import type { CycleFile, CycleStory } from './cycle-file.ts';

/** Of the first cycles that did not pass, of those with a reason of their own and of the last ones so many stories are kept. */
const keptFirst = 150;
const keptLast = 50;

/** The stories of cycles that did not pass, in order, in memory that does not grow with their number. */
export class StoryShelf {
  /** The first ones, and later ones whose reason was new. */
  readonly #kept: CycleStory[] = [];
  /** Told only in the end, for most of them are not kept so long. */
  #last: { readonly file: CycleFile; readonly judgement: CycleJudgement }[] = [];
  #omitted = 0;

  /** @param isNew its reason is one that no cycle before it had. */
  add(file: CycleFile, judgement: CycleJudgement, isNew: boolean): void {
    if (isNew || this.#kept.length < keptFirst) {
      this.#kept.push(file.story(judgement));
      return;
    }
    this.#last.push({ file, judgement });
    // Not one by one, for that would move all others each time.
    if (this.#last.length < 2 * keptLast) return;
    this.#last = this.#last.slice(keptLast);
    this.#omitted += keptLast;
  }

  get stories(): readonly CycleStory[] {
    const last = this.#last.map(({ file, judgement }) => file.story(judgement));
    return [...this.#kept, ...last].sort((one, other) => one.firstEvent - other.firstEvent);
  }

  /** How many were not kept. */
  get omitted(): number {
    return this.#omitted;
  }
}
