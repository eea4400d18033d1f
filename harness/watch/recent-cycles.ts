import type { CycleJudgement, CycleOutcome, Verdict } from '../judge/verdict.ts';
import type { PciAddress } from '../pci/address.ts';
import { plainText } from './plain-text.ts';

/** A cycle that did not pass. */
export interface LiveFailure {
  readonly cycle: number;
  /** When it ended. */
  readonly atMs: number;
  readonly outcome: CycleOutcome;
  readonly because: string;
}

/** A verdict as one letter, for a strip of many cycles. */
export const verdictLetters: Readonly<Record<Verdict, string>> = {
  survived: '.',
  degraded: 'd',
  lost: 'L',
  unobserved: '?',
};

const keptCycles = 200;
const keptFailures = 20;

/** The last cycles of a run: a letter for each function in each, and those that did not pass. */
export class RecentCycles {
  readonly #letters = new Map<PciAddress, string>();
  #failures: readonly LiveFailure[] = [];

  push({ cycle, outcome, because, startedAtMs, durationMs, functions }: CycleJudgement): void {
    for (const { address, verdict } of functions) {
      this.#letters.set(address, `${this.lettersOf(address).slice(1 - keptCycles)}${verdictLetters[verdict]}`);
    }
    if (outcome === 'pass') return;
    const failure = { cycle, atMs: startedAtMs + durationMs, outcome, because: plainText(because) };
    this.#failures = [failure, ...this.#failures.slice(0, keptFailures - 1)];
  }

  /** The newest last. */
  lettersOf(address: PciAddress): string {
    return this.#letters.get(address) ?? '';
  }

  /** The newest first. */
  get failures(): readonly LiveFailure[] {
    return this.#failures;
  }
}
