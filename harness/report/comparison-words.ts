import type { RunJudgement } from '../judge/run-judgement.ts';
import { shortAddress } from '../pci/address.ts';
import { percent, percentAtMost } from '../stats/percent.ts';
import { cellOf } from './cell-words.ts';
import { commandLineLabels } from './command-line-words.ts';
import { comparisonConfidence, comparisonOf, type FunctionComparison } from './comparison.ts';
import { plainLine } from './plain-line.ts';

/** One thing in which two runs differ beside their results. */
export interface RunDifference {
  readonly what: 'host' | 'board' | 'BIOS' | 'kernel' | 'command line' | 'VM';
  readonly one: string;
  readonly other: string;
}

/** What two runs were run on, where that is not the same. */
export function differencesOf(one: RunJudgement, other: RunJudgement): readonly RunDifference[] {
  const [here, there] = [cellOf(one), cellOf(other)];
  const [words, otherWords] = commandLineLabels([here?.commandLine ?? '', there?.commandLine ?? '']);
  const vm = ({ start }: RunJudgement): string => `${start.vm.manager} ${start.vm.id}`;
  const told: readonly [RunDifference['what'], string | undefined, string | undefined][] = [
    ['host', one.start.host, other.start.host],
    ['board', one.identity?.board ?? undefined, other.identity?.board ?? undefined],
    ['BIOS', here?.bios, there?.bios],
    ['kernel', here?.kernel, there?.kernel],
    ['command line', words === '' ? 'without it' : words, otherWords === '' ? 'without it' : otherWords],
    ['VM', vm(one), vm(other)],
  ];
  return told.flatMap(([what, a = 'unknown', b = 'unknown']) =>
    a === b ? [] : [{ what, one: plainLine(a), other: plainLine(b) }],
  );
}

/** Two runs compared, for a person at a terminal: what they ran on, each function by role, and what that entitles one to say. */
export function comparisonText(one: RunJudgement, other: RunJudgement): string {
  const differences = differencesOf(one, other);
  const functions = comparisonOf(one, other).toSorted((a, b) => roles.indexOf(a.role) - roles.indexOf(b.role));
  const missing = [...onlyIn(one, other, 'first'), ...onlyIn(other, one, 'second')];
  return [
    `A: ${runWords(one)}`,
    `B: ${runWords(other)}`,
    ...(differences.length === 0 ? ['Both ran the same cell on the same host.'] : ['They differ in:']),
    ...differences.map((difference) => `  ${difference.what}: ${difference.one} against ${difference.other}`),
    '',
    'Compared:',
    ...functions.flatMap((compared) => [`  ${compared.words}`, `    ${conclusionWords(compared)}`]),
    ...missing,
    ...(functions.length === 0 ? ['  No function stands in both runs.'] : []),
    '',
    ...noteLines(functions, differences),
  ].join('\n');
}

const roles = ['gpu', 'usb', 'audio'];

function runWords({ start, outcome, cycles, identity, cell }: RunJudgement): string {
  const judged = cycles.pass + cycles.fail + cycles.infra + cycles.aborted;
  const ran = cellOf({ cell, identity });
  const on = ran === undefined ? '' : `, BIOS ${ran.bios}, Linux ${ran.kernel}`;
  return plainLine(`${start.run}: ${outcome}, ${judged} cycle${judged === 1 ? '' : 's'} on ${start.host}${on}`);
}

function onlyIn(run: RunJudgement, other: RunJudgement, which: string): string[] {
  return [...run.functions.keys()]
    .filter((address) => !other.functions.has(address))
    .map((address) => `  ${shortAddress(address)} stands only in the ${which} run`);
}

/** What may be concluded of one function. */
export function conclusionWords({ conclusion, rates, isSettled }: FunctionComparison): string {
  if (conclusion === 'untried' || rates === undefined) return 'nothing can be said';
  const most = `${percentAtMost(rates.one.upper)} in A and ${percentAtMost(rates.other.upper)} in B`;
  if (conclusion === 'not-shown') return `no difference is shown; rates of up to ${most} remain possible`;
  const by = isSettled ? "by Barnard's test" : 'the intervals that hold whenever one looks lie apart';
  return `fails more often in ${conclusion === 'one-fails-more' ? 'A than in B' : 'B than in A'}: shown, ${by}`;
}

function noteLines(functions: readonly FunctionComparison[], differences: readonly RunDifference[]): string[] {
  const tried = functions.filter(({ conclusion }) => conclusion !== 'untried');
  const isShown = tried.some(({ conclusion }) => conclusion !== 'not-shown');
  const changed = differences.map(({ what }) => what);
  const level = percent(comparisonConfidence);
  return [
    ...(tried.length === 0
      ? []
      : [
          `What is shown holds at ${level} for ${tried.length === 1 ? 'the function' : `all ${tried.length} functions together`}.`,
        ]),
    ...(tried.some(({ conclusion }) => conclusion === 'not-shown')
      ? ['That no difference is shown does not mean that there is none: more cycles may show one.']
      : []),
    ...(tried.every(({ isSettled }) => isSettled)
      ? []
      : [
          'Where a number of trials was not settled before (a rule or a loss ended them), the p values are only a guide, and nothing is concluded from them.',
        ]),
    ...(isShown && changed.length > 1
      ? [`Which of them makes the difference (${changed.join(', ')}), two runs cannot tell: change one at a time.`]
      : []),
    ...(isShown && changed.length === 0
      ? ['As nothing that comeback knows of was changed, something else was: the temperature, a card, the time.']
      : []),
  ];
}
