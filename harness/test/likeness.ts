import type { JournalEvent } from '../journal/events.ts';
import type { RunJudgement } from '../judge/run-judgement.ts';
import type { FunctionVerdict } from '../judge/verdict.ts';
import { shortAddress } from '../pci/address.ts';
import { recogniseKernelLine } from '../pci/kernel-lines.ts';

/** What one cycle of a run looked like, in words that two hosts can share. */
export interface CycleLikeness {
  readonly outcome: string;
  /** Functions that did not survive, as `2b:00.0 lost bridge-config-lost config-dead by restore-bridge`. */
  readonly functions: readonly string[];
  /** What the journal holds, in order, as `intent vm-start`: from the start of the cycle to that of the next. */
  readonly journal: readonly string[];
  /** What the kernel said against functions, as `iommu-fault 2d:00.3`, each once. */
  readonly kernel: readonly string[];
}

export interface RunLikeness {
  readonly outcome: string;
  /** The journal before the first cycle. */
  readonly opening: readonly string[];
  readonly cycles: readonly CycleLikeness[];
}

export interface LikenessRun {
  readonly judgement: RunJudgement;
  readonly events: readonly JournalEvent[];
}

/**
 * Kinds of event that no order or number can be asked of, for they hang on what a host is made of and not on what befell it:
 * - `kernel`: a real kernel says far more, when it likes. What it says against functions is compared apart, each once.
 * - `resets`, `reset-source`, `intervention`: the tracer's; the twin has no tracefs.
 * - `console-sign`: the lab has a console, the twin has none.
 */
const leftOut: ReadonlySet<JournalEvent['t']> = new Set([
  'kernel',
  'resets',
  'reset-source',
  'intervention',
  'console-sign',
]);

/** A run in its normal form: two runs of the same script are alike where these are equal. */
export function likenessOf({ judgement, events }: LikenessRun): RunLikeness {
  const starts = events.flatMap((event, at) => (event.t === 'cycle-started' ? [at] : []));
  const cycles = starts.map((from, at) => cycleLikeness(at + 1, events.slice(from, starts[at + 1]), judgement));
  return { outcome: judgement.outcome, opening: journalWords(events.slice(0, starts[0])), cycles };
}

function cycleLikeness(cycle: number, events: readonly JournalEvent[], judgement: RunJudgement): CycleLikeness {
  const failure = judgement.failures.find((one) => one.cycle === cycle);
  const functions = (failure?.functions ?? []).filter(({ verdict }) => verdict !== 'survived').map(functionWords);
  const kernel = new Set(
    events.flatMap((event) => {
      const sign = event.t === 'kernel' ? recogniseKernelLine(event.text) : undefined;
      return sign === undefined ? [] : [`${sign.symptom} ${shortAddress(sign.device)}`];
    }),
  );
  return {
    outcome: failure?.outcome ?? 'pass',
    functions,
    journal: journalWords(events),
    kernel: [...kernel].sort(),
  };
}

function functionWords({ address, verdict, departures, recoveredBy }: FunctionVerdict): string {
  const symptoms = departures.map(({ symptom }) => symptom);
  const by = recoveredBy === undefined ? [] : [`by ${recoveredBy}`];
  return [shortAddress(address), verdict, ...symptoms, ...by].join(' ');
}

function journalWords(events: readonly JournalEvent[]): string[] {
  return events.filter(({ t }) => !leftOut.has(t)).map(eventWords);
}

/** The kind, and of it what a host can make differ. */
function eventWords(event: JournalEvent): string {
  switch (event.t) {
    case 'gate':
      return `gate ${event.gate} ${event.passed ? 'passed' : 'closed'}`;
    case 'intent':
      return `intent ${event.act}`;
    case 'act-done':
      return `act-done ${event.act} ${event.ok ? 'ok' : 'failed'}`;
    case 'edge':
      return `edge ${event.edge}`;
    case 'rung-intent':
      return ['rung-intent', event.rung, ...event.functions.map(shortAddress)].join(' ');
    case 'rung-done':
      return ['rung-done', event.rung, event.standing ?? 'taken', ...event.revived.map(shortAddress)].join(' ');
    case 'run-finished':
      return `run-finished ${event.reason}`;
    default:
      return event.t;
  }
}
