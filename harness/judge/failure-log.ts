import type { JournalEventOf } from '../journal/events.ts';
import type { CycleJudgement, FunctionVerdict, TimedReset } from './verdict.ts';

/** Of the first cycles that did not pass and of the last ones so many are kept: more than anybody reads, and little enough for a million. */
const keptOfEach = 2500;

/** The cycles of a run that did not pass, in order. What is told of a cycle after its end goes to the last one. */
export class FailureLog {
  readonly #first: CycleJudgement[] = [];
  #later: CycleJudgement[] = [];
  #omitted = 0;

  add(judgement: CycleJudgement): void {
    if (this.#first.length < keptOfEach) {
      this.#first.push(judgement);
      return;
    }
    this.#later.push(judgement);
    // Not one by one, for that would move all others each time.
    if (this.#later.length < 2 * keptOfEach) return;
    this.#later = this.#later.slice(keptOfEach);
    this.#omitted += keptOfEach;
  }

  /** Judges the last one anew. */
  replaceLast(judgement: CycleJudgement): void {
    const list = this.#lastList;
    if (list.at(-1)?.cycle === judgement.cycle) list[list.length - 1] = judgement;
  }

  /** What was lost came back by a step of ours: the verdict stays what it is, and says so. */
  broughtBack({ cycle, rung, revived }: JournalEventOf<'rung-done'>): void {
    const last = this.#of(cycle);
    if (last === undefined) return;
    const by = (verdict: FunctionVerdict): FunctionVerdict =>
      revived.includes(verdict.address) ? { ...verdict, recoveredBy: rung } : verdict;
    this.replaceLast({ ...last, functions: last.functions.map(by) });
  }

  /** What was reset in it, where that is told after it. */
  withResets(cycle: number | undefined, resets: readonly TimedReset[] | undefined): void {
    const last = this.#of(cycle);
    if (last !== undefined && resets !== undefined) this.replaceLast({ ...last, resets });
  }

  get kept(): readonly CycleJudgement[] {
    return [...this.#first, ...this.#later];
  }

  get last(): CycleJudgement | undefined {
    return this.#lastList.at(-1);
  }

  /** How many stood between the first and the last that are kept. */
  get omitted(): number {
    return this.#omitted;
  }

  get #lastList(): CycleJudgement[] {
    return this.#later.length > 0 ? this.#later : this.#first;
  }

  #of(cycle: number | undefined): CycleJudgement | undefined {
    const { last } = this;
    return last?.cycle === cycle ? last : undefined;
  }
}
