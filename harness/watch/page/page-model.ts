import { functionName } from '../../judge/function-name.ts';
import { percentAtMost } from '../../stats/percent.ts';
import type { LiveView } from '../live-view.ts';
import { standingWords } from '../screen/head-lines.ts';
import { durationWords } from '../time-words.ts';

/** How a text looks beside what it says. */
type Tone = 'good' | 'bad' | 'warn' | 'plain';

/** What the live page shows, in words: its script only puts them in their places and counts seconds. */
export interface PageModel {
  readonly nowMs: number;
  readonly run: string;
  readonly standing: { readonly words: string; readonly tone: Tone };
  readonly where: string;
  readonly plan: string;
  /** What a person has to know or do; empty where nothing. */
  readonly notice: string;
  readonly cycle: string;
  readonly phase: { readonly words: string; readonly sinceMs: number; readonly isRunning: boolean };
  /** Between 0 and 1; null where the number of cycles has no limit. */
  readonly done: number | null;
  readonly pace: string;
  readonly counts: readonly { readonly name: string; readonly value: number; readonly tone: Tone }[];
  readonly functions: readonly {
    readonly name: string;
    readonly last: string;
    readonly tone: Tone;
    /** Survived, degraded, lost, unobserved. */
    readonly counts: readonly { readonly value: number; readonly tone: Tone }[];
    readonly rate: string;
    /** Letters of one kind in one piece each, the newest last. */
    readonly recent: readonly { readonly letters: string; readonly tone: Tone }[];
    readonly health: string;
  }[];
  readonly failures: readonly { readonly atMs: number; readonly what: string; readonly text: string }[];
  readonly kernel: readonly { readonly atMs: number; readonly what: string; readonly text: string }[];
  readonly claim: { readonly title: string; readonly sentences: readonly string[] };
  /** Read out where it changes: what a person wants to be told of, and nothing that changes each second. */
  readonly announcement: string;
}

const verdictTones = { survived: 'good', degraded: 'warn', lost: 'bad', unobserved: 'plain' } as const;

export function pageModel(view: LiveView): PageModel {
  const { host, cell, vm, plan, end, waitsFor, standing, cycle, phase, outcomes, pace, timeLeft } = view;
  const done = Object.values(outcomes).reduce((sum, count) => sum + count, 0);
  const words = standingWords(view);
  const cycleWords =
    cycle === 0 ? 'no cycle yet' : `cycle ${cycle}${plan.cycles === undefined ? '' : ` of ${plan.cycles}`}`;
  const tone = (value: number, bad: Tone): Tone => (value === 0 ? 'plain' : bad);
  const isWaiting = waitsFor !== null && standing !== 'over';
  const [failure] = view.failures;
  return {
    nowMs: view.nowMs,
    run: view.run,
    standing: { words, tone: standingTone(view) },
    where: [host, ...(cell === null ? [] : [cell.board, `BIOS ${cell.bios}`, `Linux ${cell.kernel}`]), `VM ${vm}`].join(
      ', ',
    ),
    plan: plan.words,
    notice: [isWaiting ? `Waits for you: ${waitsFor}` : '', end?.message ?? ''].filter((text) => text !== '').join(' '),
    cycle: cycleWords,
    phase: { words: phase.words, sinceMs: phase.sinceMs, isRunning: standing === 'under-way' },
    done: plan.cycles === undefined || plan.cycles === 0 ? null : Math.min(1, done / plan.cycles),
    pace: [
      ...(pace.periodMs === null ? [] : [`${(3_600_000 / pace.periodMs).toPrecision(3)} cycles an hour`]),
      ...(timeLeft === null ? [] : [`${durationWords(timeLeft.ms)} left`]),
    ].join(', '),
    counts: [
      { name: 'pass', value: outcomes.pass, tone: tone(outcomes.pass, 'good') },
      { name: 'fail', value: outcomes.fail, tone: tone(outcomes.fail, 'bad') },
      { name: 'infra', value: outcomes.infra, tone: tone(outcomes.infra, 'warn') },
      { name: 'aborted', value: outcomes.aborted, tone: tone(outcomes.aborted, 'warn') },
      { name: 'host reboots', value: view.hostReboots, tone: tone(view.hostReboots, 'warn') },
    ],
    functions: view.functions.map(({ role, address, counts, last, rate, recent, health }) => ({
      name: functionName(role, address),
      last: last?.verdict ?? 'not tried',
      tone: last === null ? 'plain' : verdictTones[last.verdict],
      counts: [
        { value: counts.survived, tone: 'plain' },
        { value: counts.degraded, tone: tone(counts.degraded, 'warn') },
        { value: counts.lost, tone: tone(counts.lost, 'bad') },
        { value: counts.unobserved, tone: 'plain' },
      ],
      rate: rate === null ? 'nothing shown' : percentAtMost(rate.upper),
      recent: (recent.slice(-60).match(/(.)\1*/gs) ?? []).map((letters) => ({ letters, tone: letterTone(letters) })),
      health: health ?? 'not seen',
    })),
    failures: view.failures.map(({ atMs, cycle: of, outcome, because }) => ({
      atMs,
      what: `cycle ${of} ${outcome}`,
      text: because,
    })),
    kernel: view.kernelLines
      .map(({ atMs, cycle: of, class: kind, text, times }) => ({
        atMs,
        what: `cycle ${of} ${kind}`,
        text: times === 1 ? text : `${text} (${times} times)`,
      }))
      .reverse(),
    claim: { title: end === null ? 'Shown so far' : 'Shown', sentences: view.claim },
    announcement:
      failure === undefined ? words : `${words}. Cycle ${failure.cycle} ${failure.outcome}: ${failure.because}`,
  };
}

function letterTone(letters: string): Tone {
  if (letters.startsWith('L')) return 'bad';
  return letters.startsWith('d') ? 'warn' : 'plain';
}

function standingTone({ standing, end }: LiveView): Tone {
  if (standing === 'under-way') return 'plain';
  if (end?.outcome === 'pass') return 'good';
  return end === null || end.outcome === 'fail' ? 'bad' : 'warn';
}
