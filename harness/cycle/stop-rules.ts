import type { StopRules } from '../journal/events.ts';
import { functionName } from '../judge/function-name.ts';
import type { RunJudgement } from '../judge/run-judgement.ts';
import type { FunctionTotals } from '../judge/totals.ts';
import type { PciAddress } from '../pci/address.ts';
import { percent } from '../stats/percent.ts';
import { proofOf, type RateClaim } from '../stats/proof.ts';
import type { TrialCount } from '../stats/trial-count.ts';
import type { SoakPlan, SoakWorld } from './plan.ts';

/** A function that stood no trial for so many cycles will stand none: a run without another limit would never end. */
const maxIdleCycles = 10;
/** Fewer, where a run is about some roles only: a boot is nearer than ten idle cycles. */
const maxBlockedCycles = 3;

/** Asked between two cycles: why the run ends now, in words; undefined where it goes on. */
export type StopRuling = () => string | undefined;

/** The rules of the plan. They believe only the judge: whether something was lost or proven is no opinion of the engine's. */
export function stopRulingOf({ stopRules, cycles }: SoakPlan, { judge, clock }: SoakWorld): StopRuling {
  if (Object.keys(stopRules).length === 0) return () => undefined;
  return () => ruleMet(stopRules, cycles, judge.result(), clock.nowMs());
}

/**
 * Which rule a judged run has met; before its first cycle it has met none.
 *
 * @param cycles how many the run has at most; undefined where there is no limit.
 */
export function ruleMet(
  rules: StopRules,
  cycles: number | undefined,
  { start, functions, cycles: outcomes }: Pick<RunJudgement, 'start' | 'functions' | 'cycles'>,
  nowMs: number,
): string | undefined {
  const { forMs, untilLost, prove } = rules;
  const done = outcomes.pass + outcomes.fail + outcomes.infra + outcomes.aborted;
  if (done === 0) return undefined;
  const all = [...functions];
  const asked = all.filter(([, { role }]) => untilLost === true || untilLost?.includes(role) === true);
  const lost = asked.filter(([, { counts }]) => counts.lost > 0);
  if (lost.length > 0) return `${namesOf(lost)} did not come back`;
  if (prove !== undefined) {
    const words = proofWords(prove, all, cycles === undefined ? Infinity : cycles - done);
    if (words !== undefined) return words;
  }
  if (forMs !== undefined && nowMs - start.at >= forMs) return `its time is up after ${countOf(done)}`;
  // What the rule is about may never be tried again once something else is lost, for the VM does not start.
  const isBlocked =
    asked.length < all.length && asked.some(([, { trials }]) => trials.usable.idleCycles >= maxBlockedCycles);
  if (isBlocked) return `${namesOf(asked)} stood no trial in the last ${maxBlockedCycles} cycles`;
  if (cycles !== undefined || forMs !== undefined) return undefined;
  const idle = all.filter(([, { trials }]) => {
    return (prove === undefined ? trials.usable : trials.asItWas).idleCycles >= maxIdleCycles;
  });
  return idle.length === 0 ? undefined : `${namesOf(idle)} stood no trial in the last ${maxIdleCycles} cycles`;
}

type NamedTotals = readonly [PciAddress, FunctionTotals];

function proofWords(claim: RateClaim, functions: readonly NamedTotals[], cyclesLeft: number): string | undefined {
  const what = `a failure rate below ${percent(claim.rate)} at ${percent(claim.confidence)} confidence`;
  const proofs = functions.map(([, { trials }]) => proofOf(trials.asItWas, claim));
  if (proofs.length > 0 && proofs.every((proof) => proof === 'proven')) return `proven: ${what}`;
  const refuted = functions.filter((_function, index) => proofs[index] === 'refuted');
  if (refuted.length > 0) return `refuted: ${what}; that of ${namesOf(refuted)} is higher`;
  if (cyclesLeft === 0) return undefined;
  const hopeless = functions.filter(([, { trials }]) => !canBeProven(trials.asItWas, claim, cyclesLeft));
  if (hopeless.length === 0) return undefined;
  return `not to be proven any more: ${what}; for ${namesOf(hopeless)} ${countOf(cyclesLeft)} more are too few`;
}

/** Whether nothing but good cycles would prove it. The one in which a function that is down is found well is no trial. */
function canBeProven({ trials, failures, isDown }: TrialCount, claim: RateClaim, cyclesLeft: number): boolean {
  if (cyclesLeft === Infinity) return true;
  return proofOf({ trials: trials + cyclesLeft - (isDown ? 1 : 0), failures }, claim) === 'proven';
}

function namesOf(functions: readonly NamedTotals[]): string {
  return functions.map(([address, { role }]) => functionName(role, address)).join(', ');
}

function countOf(cycles: number): string {
  return cycles === 1 ? '1 cycle' : `${cycles} cycles`;
}
