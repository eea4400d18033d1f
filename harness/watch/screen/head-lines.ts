import type { RunJudgement } from '../../judge/run-judgement.ts';
import type { LiveView, Standing } from '../live-view.ts';
import { durationWords } from '../time-words.ts';
import type { ScreenForm } from './form.ts';
import { fitText, type Line, span, type Span, type Tone, widthOf, wrapText } from './spans.ts';

const outcomeTones: Readonly<Record<RunJudgement['outcome'], Tone>> = {
  pass: 'good',
  fail: 'bad',
  infra: 'warn',
  aborted: 'warn',
  refused: 'warn',
  parked: 'warn',
};

/** How the run stands, in words. */
export function standingWords({ standing, end, cycle }: Pick<LiveView, 'standing' | 'end' | 'cycle'>): string {
  const words: Readonly<Record<Standing, string>> = {
    'under-way': 'under way',
    over: 'over',
    parked: 'parked',
    interrupted: 'interrupted',
    'lab-failed': 'ended by its lab',
    refused: 'refused',
    died: `its controller died${cycle === 0 ? '' : ` in or after cycle ${cycle}`}`,
  };
  return end === null || end.outcome === standing
    ? words[standing]
    : `${words[standing]}: ${end.outcome.toUpperCase()}`;
}

/** Who runs what where, how it stands, and how far it is. */
export function headLines(view: LiveView, { columns, timeZone }: ScreenForm): Line[] {
  const { host, run, cell, vm, plan, end, waitsFor, standing, nowMs } = view;
  const clock = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium', timeZone }).format(nowMs);
  const words = standingWords(view);
  const tone = end === null ? (standing === 'under-way' ? 'good' : 'bad') : outcomeTones[end.outcome];
  const where = [host, ...(cell === null ? [] : [cell.board, `BIOS ${cell.bios}`, `Linux ${cell.kernel}`]), `VM ${vm}`];
  return [
    spread(
      [span(fitText(run, columns - widthOf(words) - 2), 'strong')],
      [span(words, tone), span(columns < 70 ? '' : `  ${clock}`, 'dim')],
      columns,
    ),
    ...wrapped(where.join(', '), columns),
    ...wrapped(plan.words, columns, 'dim'),
    ...(waitsFor === null || standing === 'over' ? [] : wrapped(`Waits for you: ${waitsFor}`, columns, 'warn')),
    ...(end?.message == null ? [] : wrapped(end.message, columns, end.outcome === 'pass' ? 'plain' : 'warn')),
    [],
    ...progressLines(view, columns),
    ...outcomeLines(view, columns),
  ];
}

function progressLines(
  { cycle, plan, phase, nowMs, outcomes, pace, timeLeft, standing, lastAtMs }: LiveView,
  columns: number,
): Line[] {
  const of = plan.cycles === undefined ? '' : `/${plan.cycles}`;
  const isRunning = standing === 'under-way';
  const now: Span[] = isRunning
    ? [span(`  ${phase.words}`), span(`  ${durationWords(Math.max(0, nowMs - phase.sinceMs))}`, 'dim')]
    : [span(`  last event ${durationWords(Math.max(0, nowMs - lastAtMs))} ago`, 'dim')];
  const done = Object.values(outcomes).reduce((sum, count) => sum + count, 0);
  const facts = [
    ...(pace.periodMs === null ? [] : [`${(3_600_000 / pace.periodMs).toPrecision(3)} cycles/h`]),
    ...(timeLeft === null ? [] : [`${durationWords(timeLeft.ms)} left${leftWords[timeLeft.by]}`]),
  ].join(', ');
  const progress = plan.cycles === undefined ? [] : bar(done / plan.cycles, Math.min(40, columns - widthOf(facts) - 3));
  const line = [...progress, span(progress.length === 0 ? facts : `  ${facts}`)];
  return [
    [span(cycle === 0 ? 'no cycle yet' : `cycle ${cycle}${of}`, 'strong'), ...now],
    ...(facts === '' && progress.length === 0 ? [] : [line]),
  ];
}

const leftWords = { cycles: '', for: ' of its time', prove: ' if all goes well, until proven' } as const;

function bar(part: number, columns: number): Span[] {
  if (columns < 10) return [];
  const filled = Math.round(Math.min(1, part) * columns);
  return [span('█'.repeat(filled), 'good'), span('░'.repeat(columns - filled), 'dim')];
}

function outcomeLines({ outcomes, hostReboots, forcedStops }: LiveView, columns: number): Line[] {
  const count = (name: keyof typeof outcomes): Span[] => [
    span(`${name} `),
    span(String(outcomes[name]), outcomes[name] === 0 ? 'dim' : outcomeTones[name]),
    span('  '),
  ];
  const forced = Object.values(forcedStops).reduce((sum, times) => sum + times, 0);
  const cycles = [...count('pass'), ...count('fail'), ...count('infra'), ...count('aborted')];
  const ofHost = [
    span(`host reboots `),
    span(String(hostReboots), hostReboots === 0 ? 'dim' : 'warn'),
    ...(forced === 0 ? [] : [span(`  stopped by force `), span(String(forced), 'warn')]),
  ];
  return columns < 60 ? [cycles, ofHost] : [[...cycles, ...ofHost]];
}

/** Two pieces, one at each end of a line. */
function spread(left: Line, right: Line, columns: number): Line {
  const width = [...left, ...right].reduce((sum, { text }) => sum + widthOf(text), 0);
  return [...left, span(' '.repeat(Math.max(2, Number.isFinite(columns) ? columns - width : 2))), ...right];
}

function wrapped(text: string, columns: number, tone: Tone = 'plain'): Line[] {
  return wrapText(text, columns, { first: '', rest: '  ' }).map((line) => [span(line, tone)]);
}
