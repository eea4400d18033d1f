import { functionName } from '../../judge/function-name.ts';
import type { Verdict } from '../../judge/verdict.ts';
import { percentAtMost } from '../../stats/percent.ts';
import type { LiveView } from '../live-view.ts';
import { type Line, span, type Span, type Tone } from './spans.ts';
import { type Column, tableLines } from './table.ts';

const tones: Readonly<Record<Verdict, Tone>> = { survived: 'good', degraded: 'warn', lost: 'bad', unobserved: 'dim' };
const letterTones: Readonly<Partial<Record<string, Tone>>> = { d: 'warn', L: 'bad', '?': 'dim' };
/** Cycles that the strip shows: what is left beside all other columns. */
const stripCycles = (columns: number): number => Math.max(10, Math.min(60, columns - 104));

/** What became of each function, a row each. What there is no room for is left out, the least telling first. */
export function functionTable({ functions }: LiveView, columns: number): Line[] {
  const numbers = (verdict: Verdict): readonly Line[] =>
    functions.map(({ counts }) => [span(String(counts[verdict]), counts[verdict] === 0 ? 'dim' : tones[verdict])]);
  const texts = (of: (one: LiveView['functions'][number]) => Line): readonly Line[] => functions.map(of);
  const all: readonly Column[] = [
    {
      title: 'function',
      rank: 0,
      align: 'left',
      cells: texts(({ role, address }) => [span(functionName(role, address))]),
    },
    {
      title: 'last',
      rank: 2,
      align: 'left',
      cells: texts(({ last }) => [last === null ? span('-', 'dim') : span(last.verdict, tones[last.verdict])]),
    },
    { title: 'survived', rank: 3, align: 'right', cells: numbers('survived') },
    { title: 'degraded', rank: 4, align: 'right', cells: numbers('degraded') },
    { title: 'lost', rank: 1, align: 'right', cells: numbers('lost') },
    { title: 'unobserved', rank: 6, align: 'right', cells: numbers('unobserved') },
    {
      title: 'fails below',
      rank: 5,
      align: 'right',
      cells: texts(({ rate }) => [rate === null ? span('-', 'dim') : span(percentAtMost(rate.upper))]),
    },
    {
      title: 'last cycles',
      rank: 8,
      align: 'left',
      cells: texts(({ recent }) => strip(recent.slice(-stripCycles(columns)))),
    },
    {
      title: 'health when last seen',
      rank: 7,
      align: 'left',
      atLeast: 12,
      cells: texts(({ health }) => [
        health === null
          ? span('-', 'dim')
          : span(health, health.startsWith('dead') || health === 'missing' ? 'bad' : 'plain'),
      ]),
    },
  ];
  return tableLines(all, columns);
}

/** Letters of one kind in one piece each. */
function strip(letters: string): Line {
  return (letters.match(/(.)\1*/gs) ?? []).map((run): Span => span(run, letterTones[run[0] ?? ''] ?? 'good'));
}
