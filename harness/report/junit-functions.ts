import type { RunJudgement } from '../judge/run-judgement.ts';
import type { FunctionTotals } from '../judge/totals.ts';
import type { FunctionVerdict, Verdict } from '../judge/verdict.ts';
import type { PciAddress } from '../pci/address.ts';
import { functionClaim } from './claim.ts';
import { verdictLines } from './junit-cycles.ts';
import type { JunitCase, JunitRerun, JunitResult } from './junit-suite.ts';
import { functionResetWords, resetCounts, resetSourceWords } from './reset-words.ts';
import { functionWords } from './words.ts';

/** How many bad cycles a function's case spells out; each has a case of its own as well. */
const spelledOut = 10;

/** One case a function with its totals, also where it was not tried: a case that is missing one night has no history. */
export function functionCases(judgement: RunJudgement): JunitCase[] {
  return [...judgement.functions].map(([address, totals]) => {
    const name = `${address} ${totals.role}`;
    if (judgement.outcome === 'refused' || judgement.start.plan.cycles === 0) {
      return { name, result: { kind: 'skipped' }, output: functionWords(totals) };
    }
    const claim = functionClaim(address, totals, judgement);
    const bad = badCycles(address, totals, judgement);
    const output = [functionWords(totals), claim.words, functionResetWords(address, totals.role, judgement.resets)];
    return {
      name,
      result: functionResult(totals, bad),
      output: output.filter((words) => words !== undefined).join('\n'),
      properties: {
        ...countProperties(totals),
        trials: String(claim.trials),
        claim: claim.words,
        ...resetProperties(judgement, address),
      },
      reruns: rerunsOf(totals, bad),
    };
  });
}

interface BadCycle {
  readonly cycle: number;
  readonly verdict: FunctionVerdict;
}

/** The cycles that a function's case is about: those that lost or degraded it, else those in which nobody saw it. */
function badCycles(address: PciAddress, { counts }: FunctionTotals, { failures }: RunJudgement): BadCycle[] {
  const wanted: readonly Verdict[] = counts.lost + counts.degraded > 0 ? ['lost', 'degraded'] : ['unobserved'];
  return failures.flatMap(({ cycle, functions }) =>
    functions
      .filter((verdict) => verdict.address === address && wanted.includes(verdict.verdict))
      .map((verdict) => ({ cycle, verdict })),
  );
}

function worstOf(bad: readonly BadCycle[]): BadCycle | undefined {
  return bad.find(({ verdict }) => verdict.verdict === 'lost') ?? bad[0];
}

function functionResult({ counts }: FunctionTotals, bad: readonly BadCycle[]): JunitResult {
  const worst = worstOf(bad);
  if (worst === undefined) return { kind: counts.survived > 0 ? 'passed' : 'skipped' };
  const more = bad.length > spelledOut ? [`and ${bad.length - spelledOut} cycles more`] : [];
  const lines = bad.slice(0, spelledOut).flatMap(({ cycle, verdict }) => [`cycle ${cycle}`, ...verdictLines(verdict)]);
  const told = { message: messageOf(worst), body: [...lines, ...more].join('\n') };
  if (counts.lost > 0) return { kind: 'failure', type: 'lost', ...told };
  if (counts.degraded > 0) return { kind: 'failure', type: 'degraded', ...told };
  return counts.survived > 0 ? { kind: 'passed' } : { kind: 'error', type: 'unobserved', ...told };
}

function messageOf({ cycle, verdict }: BadCycle): string {
  return `${verdict.verdict} in cycle ${cycle}: ${verdict.because}`;
}

/**
 * A function that survived although it could not be seen in some cycles passed, and those are flaky errors: nobody's verdict on the device.
 * One that was lost stays failed whatever came after it, and the further times are reruns that failed; a loss is never called flaky.
 */
function rerunsOf({ counts }: FunctionTotals, bad: readonly BadCycle[]): JunitRerun[] {
  const worst = worstOf(bad);
  const isFailed = counts.lost + counts.degraded > 0;
  if (worst === undefined || (!isFailed && counts.survived === 0)) return [];
  const further = isFailed ? bad.filter((one) => one !== worst) : bad;
  return further.slice(0, spelledOut).map((one) => ({
    kind: isFailed ? 'rerunFailure' : 'flakyError',
    type: one.verdict.verdict,
    message: messageOf(one),
    body: verdictLines(one.verdict).join('\n'),
  }));
}

function countProperties({ counts, exercised, firstLost }: FunctionTotals): Record<string, string> {
  const { survived, degraded, lost, unobserved } = counts;
  return {
    survived: String(survived),
    degraded: String(degraded),
    lost: String(lost),
    unobserved: String(unobserved),
    exercised: String(exercised),
    cycles: String(survived + degraded + lost + unobserved),
    firstLost: firstLost === undefined ? 'never' : `cycle ${firstLost.cycle}`,
    // For dashboards that know no element for it, and in the same sense: passed, though nobody could see it in some cycles.
    flaky: String(survived > 0 && unobserved > 0 && lost + degraded === 0),
  };
}

function resetProperties({ resets }: RunJudgement, address: PciAddress): Record<string, string> {
  const own = resets.functions.get(address);
  if (resets.source === undefined || own === undefined) return {};
  return { resetSource: resetSourceWords[resets.source], resets: resetCounts(own) };
}
