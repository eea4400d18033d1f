import { functionName } from '../judge/function-name.ts';
import type { RunJudgement } from '../judge/run-judge.ts';
import type { PciAddress } from '../pci/address.ts';
import { barnardExact } from '../stats/barnard.ts';
import { fisherExact } from '../stats/fisher.ts';
import type { TrialTally } from '../stats/rate-bounds.ts';

/** How one function did in two runs. The tests hold for numbers of trials that were settled before. */
export interface FunctionComparison {
  readonly address: PciAddress;
  readonly words: string;
  /** Two-sided p values of "it fails as often in the one as in the other"; undefined where one of them has no trial. */
  readonly fisher: number | undefined;
  readonly barnard: number | undefined;
}

/** Compares two runs, function by function; one that only one of them has is left out. */
export function comparisonOf(one: RunJudgement, other: RunJudgement): readonly FunctionComparison[] {
  return [...one.functions].flatMap(([address, { role, trials }]): FunctionComparison[] => {
    const there = other.functions.get(address)?.trials.asItWas;
    if (there === undefined) return [];
    const { asItWas: here } = trials;
    const name = functionName(role, address);
    if (here.trials === 0 || there.trials === 0) {
      const words = `${name} cannot be compared: it stood no trial in one of the runs`;
      return [{ address, words, fisher: undefined, barnard: undefined }];
    }
    const fisher = fisherExact(here, there);
    const barnard = barnardExact(here, there);
    const words = `${name} failed ${of(here)} against ${of(there)}: p = ${shown(fisher)} (Fisher), ${shown(barnard)} (Barnard)`;
    return [{ address, words, fisher, barnard }];
  });
}

function of({ failures, trials }: TrialTally): string {
  return `${failures} of ${trials}`;
}

function shown(probability: number): string {
  return String(Number(probability.toPrecision(2)));
}
