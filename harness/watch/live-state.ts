import type { FunctionRole, JournalEvent, JournalEventOf } from '../journal/events.ts';
import { RunJudge } from '../judge/run-judge.ts';
import type { RunJudgement } from '../judge/run-judgement.ts';
import type { FunctionTotals, Tally } from '../judge/totals.ts';
import type { CycleJudgement, CycleOutcome, Verdict } from '../judge/verdict.ts';
import type { PciAddress } from '../pci/address.ts';
import type { HealthByFunction } from '../pci/health.ts';
import type { LogLineClass } from '../pci/kernel-catalogue/log-line.ts';
import { type FunctionClaim, functionClaim } from '../report/claim.ts';
import { planWords } from '../report/plan-words.ts';
import { trialsToProof } from '../stats/trials-to-proof.ts';
import { healthWords } from './health-words.ts';
import { type Pace, PaceKeeper } from './pace.ts';
import { noPhase, type Phase, phaseAfter } from './phase.ts';
import { plainText } from './plain-text.ts';
import { type LiveFailure, RecentCycles } from './recent-cycles.ts';
import { type TellingLine, TellingLines } from './telling-lines.ts';

/** What a run comes to so far, as plain data without anything that could harm a screen. Times are milliseconds since the epoch. */
export interface LiveState {
  readonly run: string;
  readonly host: string;
  /** Manager and id: `proxmox 100`. */
  readonly vm: string;
  readonly comeback: string;
  readonly plan: { readonly words: string } & Pick<JournalEventOf<'run-started'>['plan'], 'cycles' | 'stop'>;
  readonly startedAtMs: number;
  /** The last event. */
  readonly lastAtMs: number;
  readonly lastEvent: number;
  /** Null before the host told who it is. */
  readonly cell: {
    readonly board: string;
    readonly bios: string;
    readonly kernel: string;
    readonly commandLine: string;
  } | null;
  readonly phase: Phase;
  /** The last cycle that began; 0 before the first. */
  readonly cycle: number;
  readonly outcomes: Readonly<Record<CycleOutcome, number>>;
  readonly hostReboots: number;
  /** How often the VM had to be ended by more than its manager's stop, by the step that ended it. */
  readonly forcedStops: Readonly<Record<string, number>>;
  readonly functions: readonly LiveFunction[];
  /** The last cycles that did not pass, newest first. */
  readonly failures: readonly LiveFailure[];
  /** Lines of the kernel that tell of a fault, oldest first. */
  readonly kernelLines: readonly TellingLine[];
  readonly kernelCounts: Readonly<Partial<Record<LogLineClass, number>>>;
  readonly pace: Pace;
  /** What the trials entitle one to say so far, one sentence a function. */
  readonly claim: readonly string[];
  /** How many more trials, all good, end a run that is to prove a rate; null where it is not, or none would. */
  readonly trialsToProof: number | null;
  /** What a person has to do before it goes on; null where nothing. */
  readonly waitsFor: string | null;
  /** Null while it is not over, or once somebody goes on with it. */
  readonly end: {
    readonly reason: JournalEventOf<'run-finished'>['reason'];
    readonly message: string | null;
    readonly outcome: RunJudgement['outcome'];
  } | null;
}

export interface LiveFunction {
  readonly address: PciAddress;
  readonly role: FunctionRole;
  readonly counts: Readonly<Record<Verdict, number>>;
  /** Its verdict in the last cycle that was judged; null before the first. */
  readonly last: { readonly verdict: Verdict; readonly because: string } | null;
  /** What it was when it was last looked at; null before that. */
  readonly health: string | null;
  /** Its verdicts in the last cycles, a letter each: `.` survived, `d` degraded, `L` lost, `?` unobserved. */
  readonly recent: string;
  readonly exercised: number;
  readonly trials: number;
  readonly failures: number;
  /** Bounds of the rate at which it fails to come back as it was; null without a trial. */
  readonly rate: { readonly lower: number; readonly upper: number; readonly confidence: number } | null;
  /** How often each rung of the recovery ladder brought it back. */
  readonly recoveries: FunctionTotals['recoveries'];
}

/** Follows the events of one run, each once and in order. Its memory does not grow with good cycles. */
export class LiveFold {
  readonly #judge = new RunJudge();
  readonly #pace = new PaceKeeper();
  readonly #lines = new TellingLines();
  readonly #recent = new RecentCycles();
  #phase = noPhase;
  #cycle = 0;
  #lastEvent = 0;
  #health: HealthByFunction = new Map();
  #waitsFor: string | null = null;
  #start: JournalEventOf<'run-started'> | undefined;
  /** Bounds take a while, and change only with the tally that they are of. */
  #shown: { readonly tally: Tally; readonly end: unknown; readonly claims: Claims } | undefined;

  /** @returns the judgement of a cycle when the event was the last of it. */
  push(event: JournalEvent): CycleJudgement | undefined {
    const judgement = this.#judge.push(event);
    this.#lastEvent = event.n;
    this.#phase = phaseAfter(this.#phase, event);
    if (event.t === 'run-started') this.#start ??= event;
    if (event.t === 'cycle-started') {
      this.#cycle = event.cycle;
      this.#pace.begun(event.at);
    }
    if (event.t === 'run-resumed') this.#pace.interrupted();
    if (event.t === 'edge') this.#health = event.functions;
    if (event.t === 'parked') this.#waitsFor = plainText(event.instructions);
    if (event.t === 'resumed') this.#waitsFor = null;
    this.#lines.push(event, this.#cycle);
    if (judgement !== undefined) {
      this.#pace.over(judgement.durationMs);
      this.#recent.push(judgement);
    }
    return judgement;
  }

  /** Undefined while the journal tells of no run. */
  state(): LiveState | undefined {
    const start = this.#start;
    if (start === undefined) return undefined;
    const judgement = this.#judge.result();
    const { cycles: outcomes, functions } = this.#judge.tally;
    const { of: claims, trialsToProof: toProof } = this.#claimsOf(judgement);
    return {
      run: plainText(start.run),
      host: plainText(start.host),
      vm: plainText(`${start.vm.manager} ${start.vm.id}`),
      comeback: plainText(start.comeback),
      plan: { ...start.plan, words: planWords(start.plan) },
      startedAtMs: start.at,
      lastAtMs: judgement.lastAtMs,
      lastEvent: this.#lastEvent,
      cell: cellOf(judgement),
      phase: { ...this.#phase, words: plainText(this.#phase.words) },
      cycle: this.#cycle,
      outcomes,
      hostReboots: judgement.hostReboots,
      forcedStops: Object.fromEntries(Object.entries(judgement.forcedStops).map(([step, { times }]) => [step, times])),
      functions: [...functions].map(([address, totals]) => this.#functionOf(address, totals, claims.get(address))),
      failures: this.#recent.failures,
      kernelLines: this.#lines.last,
      kernelCounts: this.#lines.counts,
      pace: this.#pace.pace,
      claim: [...claims.values()].filter(({ trials }) => trials > 0).map(({ words }) => plainText(words)),
      trialsToProof: toProof,
      waitsFor: this.#waitsFor,
      end: endOf(judgement),
    };
  }

  #claimsOf(judgement: RunJudgement): Claims {
    const { tally } = this.#judge;
    const { end } = judgement;
    if (this.#shown?.tally !== tally || this.#shown.end !== end) {
      this.#shown = { tally, end, claims: claimsOf(tally, judgement) };
    }
    return this.#shown.claims;
  }

  #functionOf(address: PciAddress, totals: FunctionTotals, claim: FunctionClaim | undefined): LiveFunction {
    const { role, counts, exercised, last, trials, recoveries } = totals;
    const health = this.#health.get(address);
    return {
      address,
      role,
      counts,
      last: last === undefined ? null : { verdict: last.verdict, because: plainText(last.because) },
      health: health === undefined ? null : plainText(healthWords(health)),
      recent: this.#recent.lettersOf(address),
      exercised,
      trials: trials.asItWas.trials,
      failures: trials.asItWas.failures,
      rate: claim?.rate === undefined ? null : { ...claim.rate, confidence: claim.confidence },
      recoveries,
    };
  }
}

interface Claims {
  readonly of: ReadonlyMap<PciAddress, FunctionClaim>;
  readonly trialsToProof: number | null;
}

function claimsOf({ functions }: Tally, judgement: RunJudgement): Claims {
  const of = new Map([...functions].map(([address, totals]) => [address, functionClaim(address, totals, judgement)]));
  const prove = judgement.start.plan.stop?.prove;
  if (prove === undefined) return { of, trialsToProof: null };
  const needed = [...functions.values()].map(({ trials }) => trialsToProof(trials.asItWas, prove) ?? Infinity);
  const most = Math.max(0, ...needed);
  return { of, trialsToProof: Number.isFinite(most) ? most : null };
}

function cellOf({ identity, cell }: RunJudgement): LiveState['cell'] {
  if (identity === undefined && cell === undefined) return null;
  return {
    board: plainText(identity?.board ?? 'unknown board'),
    bios: plainText(identity?.bios ?? cell?.bios ?? 'unknown'),
    kernel: plainText(identity?.kernel ?? cell?.kernel ?? 'unknown'),
    commandLine: plainText(identity?.commandLine ?? cell?.commandLine ?? ''),
  };
}

function endOf({ end, outcome }: RunJudgement): LiveState['end'] {
  if (end === undefined) return null;
  return { reason: end.reason, message: end.message === undefined ? null : plainText(end.message), outcome };
}
