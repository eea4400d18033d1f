import { chanceOf, type DrawStream } from './draws.ts';

/** What says how often a rule happens. */
export interface RuleCounts {
  readonly after?: number | undefined;
  readonly skip?: number | undefined;
  readonly times?: number | undefined;
  readonly probability: number;
}

/** A rule in one boot: how often its moment came and it happened, and its draws. */
export class ArmedRule<Rule extends RuleCounts> {
  readonly rule: Rule;
  /** Its place in the list of the file, from 0. */
  readonly index: number;
  readonly #draws: DrawStream;
  readonly #chance: bigint;
  #passed = 0;
  #happened = 0;

  constructor(rule: Rule, index: number, draws: DrawStream) {
    this.rule = rule;
    this.index = index;
    this.#draws = draws;
    this.#chance = chanceOf(rule.probability);
  }

  /** Its moment has come. @param cycles how often the VM has ended in this boot */
  happens(cycles: number): boolean {
    const { after = 0, skip = 0, times } = this.rule;
    if (cycles < after || (times !== undefined && this.#happened >= times)) return false;
    if (this.#passed < skip) {
      this.#passed++;
      return false;
    }
    if (!this.#draws.happens(this.#chance)) return false;
    this.#happened++;
    return true;
  }
}
