import type { Priors } from './options.ts';
import type { CellGrid } from './space.ts';

/** Which cells are bad, counted in steps from the good corner: those where all, or any, of the conditions hold. */
export interface Rule {
  readonly join: 'all' | 'any';
  /** The first bad kernel's step. */
  readonly kernel?: number;
  /** The first bad BIOS version's step. */
  readonly bios?: number;
  /** The flag that is on its suspect side. */
  readonly flag?: number;
}

export type CulpritKind =
  | 'kernel-only'
  | 'bios-only'
  | 'both-needed'
  | 'either-suffices'
  | 'flag'
  | 'flag-with-other'
  | 'no-culprit'
  | 'all-bad';

export interface Hypothesis {
  readonly kind: CulpritKind;
  readonly rule: Rule;
  /** Part of all belief before anything was seen. */
  readonly prior: number;
}

/** Every rule that is looked for, with its prior; each kind's weight is shared evenly. */
export function hypothesesOf(grid: CellGrid, priors: Priors): Hypothesis[] {
  const { kernels, biosVersions, flags } = grid.space;
  const kernelSteps = steps(1, kernels.length);
  const biosSteps = steps(1, biosVersions.length);
  const flagSteps = steps(0, flags.length);
  const pairs = kernelSteps.flatMap((kernel) => biosSteps.map((bios) => ({ kernel, bios })));
  const withFlag = flagSteps.flatMap((flag) => [
    ...kernelSteps.map((kernel) => ({ kernel, flag })),
    ...biosSteps.map((bios) => ({ bios, flag })),
  ]);
  const all = (conditions: readonly object[]): Rule[] => conditions.map((each) => ({ join: 'all', ...each }));
  const any = (conditions: readonly object[]): Rule[] => conditions.map((each) => ({ join: 'any', ...each }));
  const kinds: [CulpritKind, number, Rule[]][] = [
    ['kernel-only', priors.kernelOnly, all(kernelSteps.map((kernel) => ({ kernel })))],
    ['bios-only', priors.biosOnly, all(biosSteps.map((bios) => ({ bios })))],
    ['both-needed', priors.bothNeeded, all(pairs)],
    ['either-suffices', priors.eitherSuffices, any(pairs)],
    ['flag', priors.flag, all(flagSteps.map((flag) => ({ flag })))],
    ['flag-with-other', priors.flagWithOther, all(withFlag)],
    ['no-culprit', priors.noCulprit, any([{}])],
    ['all-bad', priors.allBad, all([{}])],
  ];
  const there = kinds.filter(([, weight, rules]) => weight > 0 && rules.length > 0);
  const total = there.reduce((sum, [, weight]) => sum + weight, 0);
  return there.flatMap(([kind, weight, rules]) =>
    rules.map((rule) => ({ kind, rule, prior: weight / total / rules.length })),
  );
}

/** Whether the rule calls a cell bad that is so many steps from the good corner. */
export function callsBad(rule: Rule, kernelStep: number, biosStep: number, suspectFlags: number): boolean {
  const conditions: boolean[] = [];
  if (rule.kernel !== undefined) conditions.push(kernelStep >= rule.kernel);
  if (rule.bios !== undefined) conditions.push(biosStep >= rule.bios);
  if (rule.flag !== undefined) conditions.push(((suspectFlags >> rule.flag) & 1) === 1);
  return rule.join === 'all' ? conditions.every(Boolean) : conditions.some(Boolean);
}

/** What each hypothesis calls each cell: 1 for bad at `cell * hypotheses + hypothesis`. */
export function callTable(grid: CellGrid, hypotheses: readonly Hypothesis[]): Uint8Array {
  const calls = new Uint8Array(grid.size * hypotheses.length);
  for (let index = 0; index < grid.size; index += 1) {
    const cell = grid.cellAt(index);
    const [kernelStep, biosStep, flags] = [grid.kernelStep(cell), grid.biosStep(cell), grid.suspectFlags(cell)];
    hypotheses.forEach(({ rule }, hypothesis) => {
      if (callsBad(rule, kernelStep, biosStep, flags)) calls[index * hypotheses.length + hypothesis] = 1;
    });
  }
  return calls;
}

function steps(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from) }, (_none, index) => from + index);
}
