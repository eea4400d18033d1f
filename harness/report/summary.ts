import type { Cell, FunctionRole, JournalEventOf } from '../journal/events.ts';
import type { ForcedStops } from '../judge/forced-stops.ts';
import type { RunJudgement } from '../judge/run-judgement.ts';
import type { RunOutcome } from '../judge/run-outcome.ts';
import type { FunctionTotals } from '../judge/totals.ts';
import type { CycleOutcome, Verdict } from '../judge/verdict.ts';
import type { PciAddress } from '../pci/address.ts';
import { cellOf } from './cell-words.ts';
import { claimOf, type FunctionClaim, functionClaim } from './claim.ts';
import type { FunctionResets, RunResets } from '../judge/reset-provenance.ts';
import type { ResetSource } from '../journal/events.ts';
import { forcedStopLines } from './forced-stop-words.ts';
import { functionResetWords, resetSourceWords } from './reset-words.ts';
import { guestLines } from './guest-words.ts';
import { functionWords } from './words.ts';

/** A judged run as one JSON object, for machines. */
export interface RunSummary {
  readonly run: string;
  readonly host: string;
  /** On the controller's clock, since the epoch. */
  readonly beganAtMs: number;
  readonly lastAtMs: number;
  /** What ran; null where the host never told. */
  readonly cell: Cell | null;
  readonly outcome: RunOutcome;
  /** What ended it; null where its journal ends before it did. */
  readonly end: JournalEventOf<'run-finished'>['reason'] | null;
  /** Cycles that it was asked for: 0 of a run that only boots and verifies, null where their number has no limit. */
  readonly plannedCycles: number | null;
  /** Cycles that were begun and judged. */
  readonly cycles: number;
  readonly cycleOutcomes: Readonly<Record<CycleOutcome, number>>;
  readonly hostReboots: number;
  /** The last boot_id seen; null where the host never told one. */
  readonly bootId: string | null;
  /** How resets were seen; null where the journal does not say. */
  readonly resetSource: ResetSource | null;
  /** What the guests showed; null where none was asked. */
  readonly guest: { readonly proven: number; readonly notProven: number } | null;
  /** How often the VM had to be ended by more than its manager's stop, by the step that ended it. */
  readonly forcedStops: Readonly<Partial<Record<keyof ForcedStops, number>>>;
  readonly functions: readonly FunctionSummary[];
}

interface FunctionSummary extends Readonly<Record<Verdict, number>> {
  readonly address: PciAddress;
  readonly role: FunctionRole;
  /** Cycles in which the VM really held the function. */
  readonly exercised: number;
  readonly firstLostCycle: number | null;
  /** How often each rung of the recovery ladder brought it back. */
  readonly recoveries: FunctionTotals['recoveries'];
  /** What its trials entitle one to say; rates are a cycle's, between 0 and 1, and null without a trial. */
  readonly claim: {
    readonly words: string;
    readonly confidence: number;
    readonly trials: number;
    readonly lost: number;
    readonly degraded: number;
    readonly rateLower: number | null;
    readonly rateUpper: number | null;
    /** For a number of cycles that was settled before; null where it was not. */
    readonly settledRateLower: number | null;
    readonly settledRateUpper: number | null;
    /** Null where it was never lost, or too seldom to tell. */
    readonly medianTrialsToLoss: number | null;
    /** Chi-square bounds of the mean time between losses; null where nothing limits it. */
    readonly meanTimeToLossLowerMs: number | null;
    readonly meanTimeToLossUpperMs: number | null;
  };
  /** How the kernel reset it between guests; null where nobody could see. */
  readonly resets: Pick<FunctionResets, 'methods' | 'refused'> | null;
}

export function summaryOf(judgement: RunJudgement): RunSummary {
  const { start, outcome, end, cycles, hostReboots, bootId, functions, resets, guest, forcedStops } = judgement;
  return {
    run: start.run,
    host: start.host,
    beganAtMs: start.at,
    lastAtMs: judgement.lastAtMs,
    cell: cellOf(judgement) ?? null,
    outcome,
    end: end?.reason ?? null,
    plannedCycles: start.plan.cycles ?? null,
    cycles: cycles.pass + cycles.fail + cycles.infra + cycles.aborted,
    cycleOutcomes: cycles,
    hostReboots,
    bootId: bootId ?? null,
    resetSource: resets.source ?? null,
    guest: guest === undefined ? null : { proven: guest.proven, notProven: guest.notProven },
    forcedStops: Object.fromEntries(Object.entries(forcedStops).map(([step, { times }]) => [step, times])),
    functions: [...functions].map(([address, totals]) => ({
      address,
      role: totals.role,
      ...totals.counts,
      exercised: totals.exercised,
      firstLostCycle: totals.firstLost?.cycle ?? null,
      recoveries: totals.recoveries,
      claim: claimSummary(functionClaim(address, totals, judgement)),
      resets: seenResets(resets, address),
    })),
  };
}

function claimSummary({ rate, settledRate, toLoss, meanTime, ...rest }: FunctionClaim): FunctionSummary['claim'] {
  return {
    ...rest,
    rateLower: rate?.lower ?? null,
    rateUpper: rate?.upper ?? null,
    settledRateLower: settledRate?.lower ?? null,
    settledRateUpper: settledRate?.upper ?? null,
    medianTrialsToLoss: toLoss?.lower === undefined ? null : (toLoss.median ?? null),
    meanTimeToLossLowerMs: meanTime?.lowerMs ?? null,
    meanTimeToLossUpperMs: meanTime?.upperMs ?? null,
  };
}

function seenResets({ source, functions }: RunResets, address: PciAddress): FunctionSummary['resets'] {
  const seen = functions.get(address);
  if (seen === undefined || source === undefined || source === 'reset-method') return null;
  return { methods: seen.methods, refused: seen.refused };
}

/** The verdicts for a person at a terminal: plain words, no colours, one line a function, and what they entitle one to say. */
export function summaryText(judgement: RunJudgement): string {
  const { functions } = judgement;
  const roleWidth = Math.max(0, ...[...functions.values()].map(({ role }) => role.length));
  const lines = [...functions].map(
    ([address, totals]) => `  ${address}  ${totals.role.padEnd(roleWidth)}  ${functionWords(totals)}`,
  );
  return [
    headline(judgement),
    '',
    ...lines,
    '',
    ...resetLines(judgement),
    ...guestLines(judgement.guest),
    ...forcedStopLines(judgement.forcedStops),
    ...reasons(judgement),
    claimOf(judgement),
  ].join('\n');
}

function headline({ start, identity, outcome, cycles, hostReboots }: RunJudgement): string {
  const judged = cycles.pass + cycles.fail + cycles.infra + cycles.aborted;
  const host = [
    start.host,
    ...(identity === undefined ? [] : [`BIOS ${identity.bios ?? 'unknown'}`, `Linux ${identity.kernel}`]),
  ].join(', ');
  const reboots = hostReboots === 1 ? '1 host reboot' : `${hostReboots} host reboots`;
  return `${outcome.toUpperCase()}: ${cycleWords(judged, start.plan.cycles)} on ${host}; ${reboots}`;
}

function cycleWords(judged: number, planned: number | undefined): string {
  if (planned !== undefined) return `${judged} of ${planned} cycles`;
  return judged === 1 ? '1 cycle' : `${judged} cycles`;
}

/** How each function was reset, where a cycle was run; which of them never is may be why the next guest meets it as the last one left it. */
function resetLines({ resets, functions, cycles }: RunJudgement): string[] {
  const judged = cycles.pass + cycles.fail + cycles.infra + cycles.aborted;
  if (resets.source === undefined || judged === 0) return [];
  const why = resets.reason === undefined ? '' : `; ${resets.reason}`;
  const lost = resets.lost === 0 ? '' : `; ${resets.lost} calls were not told, so resets may be missing`;
  const lines = [...functions].map(([address, { role }]) => `  ${functionResetWords(address, role, resets) ?? ''}`);
  return [`Resets (provenance: ${resetSourceWords[resets.source]}${why}${lost}):`, ...lines, ''];
}

/** What kept the run from its end, where the functions' lines do not tell. */
function reasons({ outcome, gates, end, failures }: RunJudgement): string[] {
  if (end?.reason === 'stop-rule' && end.message !== undefined) return [`Ended: ${end.message}`, ''];
  if (outcome === 'pass' || outcome === 'fail') return [];
  const findings = gates
    .filter(({ passed }) => !passed)
    .flatMap(({ gate, findings: found }) => found.map((finding) => `  ${gate}: ${finding}`));
  if (findings.length > 0) return ['Closed gates:', ...findings, ''];
  const why =
    end?.message ?? failures[0]?.because ?? (end === undefined ? 'the journal ends before the run did' : end.reason);
  return [`Cut short: ${why}`, ''];
}
