import { percent, percentAtMost } from '../stats/percent.ts';
import type { CulpritKind } from './hypotheses.ts';
import type { CellEvidence, RoleVerdict, RuleTerm } from './verdict.ts';

/** One role's verdict as a person says it. */
export function roleWords(verdict: Omit<RoleVerdict, 'words'>, isFix: boolean): string {
  const { role, finding } = verdict;
  const sure = percent(Math.floor(verdict.confidence * 1000) / 1000);
  switch (finding) {
    case 'no-culprit':
      return `nothing in the range loses ${role}, ${sure}; excludes rates >= ${percentAtMost(verdict.excludesRate ?? 1)} (${evidenceWords(verdict.below, 'clean')})`;
    case 'all-bad':
      return `the whole range loses ${role}, ${sure}: the change lies ${isFix ? 'after' : 'before'} it; ${evidenceWords(verdict.above, 'lost')}`;
    case 'irregular':
      return `what was seen of ${role} fits no single kernel, BIOS version or flag, ${sure}; lost: ${cellList(verdict.above)}; clean: ${cellList(verdict.below)}`;
    case 'open':
      return `${role} is open: the likeliest is ${bareRule(verdict.rule)}, ${sure}`;
    case 'culprit':
      return culpritWords(verdict, sure, isFix);
  }
}

function culpritWords({ role, rule, below, above }: Omit<RoleVerdict, 'words'>, sure: string, isFix: boolean): string {
  const [first, ...others] = rule.terms;
  const head = first === undefined ? '' : headWords(first, role, isFix);
  const tail = others.map((term) =>
    rule.join === 'all' ? `needs ${conditionWords(term, isFix)}` : `or ${conditionWords(term, isFix)}`,
  );
  return [
    `${head}, ${sure}`,
    `below: ${evidenceWords(below, 'clean')}`,
    `above: ${evidenceWords(above, 'lost')}`,
    ...tail,
  ].join('; ');
}

function headWords(term: RuleTerm, role: string, isFix: boolean): string {
  if (term.axis === 'flag') return `${role} is lost ${term.suspect === 'on' ? 'with' : 'without'} ${term.flag}`;
  const what = term.axis === 'kernel' ? 'kernel' : 'BIOS';
  const skipped =
    term.untestable.length === 0 ? '' : ` (or one of ${term.untestable.join(', ')}, which could not be tested)`;
  return isFix
    ? `${what} ${term.lastGood} is the first good for ${role}${skipped}`
    : `${what} ${term.firstBad} is the first bad for ${role}${skipped}`;
}

function conditionWords(term: RuleTerm, isFix: boolean): string {
  if (term.axis === 'flag') return `${term.flag} ${term.suspect}`;
  return `${term.axis === 'kernel' ? 'kernel' : 'BIOS'} ${isFix ? '<=' : '>='} ${term.firstBad}`;
}

function bareRule({ join, terms }: RoleVerdict['rule'], isFix = false): string {
  if (terms.length === 0) return join === 'all' ? 'that everything is bad' : 'that nothing is';
  return terms.map((term) => conditionWords(term, isFix)).join(join === 'all' ? ' and ' : ' or ');
}

/** A rule by itself, for lists of alternatives. */
export function ruleWords(rule: RoleVerdict['rule'], kind: CulpritKind | undefined): string {
  if (kind === 'no-culprit') return 'no culprit in the range';
  if (kind === 'all-bad') return 'the whole range is bad';
  return bareRule(rule);
}

function evidenceWords(cells: readonly CellEvidence[], wanted: 'clean' | 'lost'): string {
  if (cells.length === 0) return 'nothing there to test';
  return cells.map((cell) => oneCell(cell, wanted, cells.length > 1)).join(', ');
}

function oneCell(
  { name, cycles, lost, boots, rateBelow }: CellEvidence,
  wanted: 'clean' | 'lost',
  isNamed: boolean,
): string {
  const where = isNamed ? ` (${name})` : '';
  if (cycles === 0) return `not seen${where}`;
  if (wanted === 'lost' || lost > 0) return `${lost} of ${cycles} lost${where}`;
  const bound = rateBelow === undefined ? '' : ` (p < ${percentAtMost(rateBelow)})`;
  return `clean in ${count(cycles, 'cycle')} over ${count(boots, 'boot')}${bound}${where}`;
}

function cellList(cells: readonly CellEvidence[]): string {
  return cells.length === 0 ? 'none' : cells.map(({ name, cycles, lost }) => `${name} ${lost}/${cycles}`).join(', ');
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
