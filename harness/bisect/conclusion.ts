import { confidenceSequence } from '../stats/confidence-sequence.ts';
import { zeroFailureBound } from '../stats/rate-bounds.ts';
import type { CulpritKind, Hypothesis } from './hypotheses.ts';
import type { BisectOptions } from './options.ts';
import type { RuleClasses } from './rule-classes.ts';
import { type CellGrid, cellWords } from './space.ts';
import type { RoleState, Standing } from './standing.ts';
import type { BisectVerdict, CellEvidence, RoleVerdict, RuleTerm } from './verdict.ts';
import { roleWords, ruleWords } from './verdict-words.ts';

/** Other rules that are told of. */
const alternativesTold = 3;

/** What can be said of all roles now. */
export function concluded(
  grid: CellGrid,
  hypotheses: readonly Hypothesis[],
  classes: RuleClasses,
  states: readonly (RoleState & { readonly standing: Standing })[],
  options: BisectOptions,
  reason: string | undefined,
): BisectVerdict {
  const roles = states.map((state) => roleVerdict(grid, hypotheses, classes, state, options));
  const isDecided = states.every(({ standing }) => standing.isDecided);
  // Bonferroni: the risks of all roles add up at most.
  const confidence = Math.max(0, 1 - roles.reduce((sum, role) => sum + (1 - role.confidence), 0));
  return {
    outcome: isDecided ? 'decided' : 'inconclusive',
    ...(isDecided ? {} : { reason: reason ?? 'the bisect is not over' }),
    confidence,
    roles,
  };
}

function roleVerdict(
  grid: CellGrid,
  hypotheses: readonly Hypothesis[],
  classes: RuleClasses,
  { role, ledger, beliefs, standing }: RoleState & { readonly standing: Standing },
  options: BisectOptions,
): RoleVerdict {
  const evidence = (cells: readonly number[]): CellEvidence[] =>
    cells.map((index) => {
      const { cycles, lost, boots } = ledger.inCell(index);
      const cell = grid.cellAt(index);
      const bound = lost === 0 && cycles > 0 ? { rateBelow: zeroFailureBound(cycles, options.confidence) } : {};
      return { cell, name: cellWords(grid.space, cell), cycles, lost, boots, ...bound };
    });
  const members = classes.membersOf(standing.leader).flatMap((index) => hypotheses[index] ?? []);
  const finding = findingOf(standing, members[0]?.kind);
  const rule = finding === 'irregular' ? none : ruleOf(grid, members);
  const { lastGood, firstBad } = classes.boundaryOf(standing.leader);
  const [below, above] =
    finding === 'irregular' ? irregularEvidence(grid, evidence) : [evidence(lastGood), evidence(firstBad)];
  // Losses that the lab made up are counted against the function all the same: nobody can tell which they are.
  const rateBelow = ({ rateBelow: clean, cycles, lost }: CellEvidence): number =>
    clean ?? confidenceSequence({ trials: cycles, failures: lost }, options.confidence).upper;
  const excludes = finding === 'no-culprit' ? Math.max(...below.map(rateBelow)) : undefined;
  const confidence = standing.irregular ?? standing.leaderMass;
  const verdict: Omit<RoleVerdict, 'words'> = {
    ...{ role, finding, confidence, rule, below, above },
    ...(excludes === undefined ? {} : { excludesRate: excludes }),
    alternatives: alternativesOf(grid, hypotheses, classes, beliefs.posterior(), standing.leader),
  };
  return { ...verdict, words: roleWords(verdict, options.isFix) };
}

const none: RoleVerdict['rule'] = { join: 'any', terms: [] };

function findingOf({ isDecided, irregular }: Standing, kind: CulpritKind | undefined): RoleVerdict['finding'] {
  if (!isDecided) return 'open';
  if (irregular !== undefined) return 'irregular';
  return kind === 'no-culprit' || kind === 'all-bad' ? kind : 'culprit';
}

/** Every cell that was seen. */
function irregularEvidence(
  grid: CellGrid,
  evidence: (cells: readonly number[]) => CellEvidence[],
): [CellEvidence[], CellEvidence[]] {
  const seen = evidence(Array.from({ length: grid.size }, (_none, cell) => cell)).filter(({ cycles }) => cycles > 0);
  return [seen.filter(({ lost }) => lost === 0), seen.filter(({ lost }) => lost > 0)];
}

/** A class of rules as one: its first bad names are the furthest of its members, its last good ones the nearest. */
function ruleOf(grid: CellGrid, members: readonly Hypothesis[]): RoleVerdict['rule'] {
  const rules = members.map(({ rule }) => rule);
  const first = rules[0];
  if (first === undefined) return none;
  const terms: RuleTerm[] = [];
  for (const axis of ['kernel', 'bios'] as const) {
    const steps = rules.flatMap((rule) => rule[axis] ?? []);
    if (first[axis] !== undefined) terms.push(orderedTerm(grid, axis, Math.min(...steps), Math.max(...steps)));
  }
  const flag = first.flag === undefined ? undefined : grid.space.flags[first.flag];
  if (flag !== undefined) terms.push({ axis: 'flag', flag: flag.name, suspect: flag.suspect });
  return { join: first.join, terms };
}

function orderedTerm(grid: CellGrid, axis: 'kernel' | 'bios', nearest: number, furthest: number): RuleTerm {
  const names = axis === 'kernel' ? grid.space.kernels : grid.space.biosVersions;
  const nameAt = (step: number): string => {
    const { kernel, bios } = axis === 'kernel' ? grid.cellOfSteps(step, 0, 0) : grid.cellOfSteps(0, step, 0);
    return names[axis === 'kernel' ? kernel : bios] ?? '';
  };
  return {
    axis,
    lastGood: nameAt(nearest - 1),
    firstBad: nameAt(furthest),
    untestable: Array.from({ length: furthest - nearest }, (_none, index) => nameAt(nearest + index)),
  };
}

function alternativesOf(
  grid: CellGrid,
  hypotheses: readonly Hypothesis[],
  classes: RuleClasses,
  posterior: Float64Array,
  leader: number,
): RoleVerdict['alternatives'] {
  const masses = new Map<number, number>();
  posterior.forEach((mass, hypothesis) => {
    const index = classes.classOf[hypothesis] ?? 0;
    masses.set(index, (masses.get(index) ?? 0) + mass);
  });
  return [...masses]
    .filter(([index, mass]) => index !== leader && mass > 0.0005)
    .sort(([, one], [, other]) => other - one)
    .slice(0, alternativesTold)
    .map(([index, probability]) => {
      const members = classes.membersOf(index).flatMap((member) => hypotheses[member] ?? []);
      return { words: ruleWords(ruleOf(grid, members), members[0]?.kind), probability };
    });
}
