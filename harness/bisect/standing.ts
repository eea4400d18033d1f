import type { Beliefs } from './beliefs.ts';
import type { RuleClasses } from './rule-classes.ts';
import type { CellTally, RoleLedger } from './ledger.ts';

/** One role, and all that is known of it. */
export interface RoleState {
  readonly role: string;
  readonly ledger: RoleLedger;
  readonly beliefs: Beliefs;
}

/** How far the bisect of one role has come. */
export interface Standing {
  /** The class of rules that leads: those that nothing testable can tell apart. */
  readonly leader: number;
  readonly leaderMass: number;
  /** What the boundary of the leader still lacks. */
  readonly missing: readonly MissingProof[];
  readonly isDecided: boolean;
  /** No rule fits, and how sure that is. */
  readonly irregular: number | undefined;
}

/** A cell at the boundary that was not seen well enough to say so. */
export type MissingProof =
  /** It is to be bad and was not lost often enough to say so. */
  | { readonly cell: number; readonly wanted: 'loss' }
  /** It is to be good, and a bad one might have looked the same: the chance of that must still fall by a factor. */
  | { readonly cell: number; readonly wanted: 'clean'; readonly tooLikelyBy: number };

/** Part of the allowed risk: how likely the last good cell of a verdict looks for a bad one, for each time that it looks so for a good one. */
const boundaryShare = 0.75;
/** Part of the allowed risk that the model may use up; the rest is for what it does not know. */
const modelShare = 0.8;
/** A single loss proves a cell only where it came soon and such faults are frequent; else it may be the harness's, and a second one confirms it. */
const oneLoss = { cycles: 20, rate: 0.03 };

/**
 * A role is decided where one class of rules holds nearly all belief, and the boundary was seen: the first bad cells lost it, the last good
 * ones were clean for long enough. For any fault that only gets worse towards the bad side, those cells alone prove the rule, whatever the priors.
 */
export function standingOf(beliefs: Beliefs, ledger: RoleLedger, classes: RuleClasses, risk: number): Standing {
  const posterior = beliefs.posterior();
  const { irregularMass } = beliefs.current();
  const masses = new Float64Array(classes.count);
  posterior.forEach((mass, hypothesis) => {
    const index = classes.classOf[hypothesis] ?? 0;
    masses[index] = (masses[index] ?? 0) + mass;
  });
  let leader = 0;
  masses.forEach((mass, index) => {
    if (mass > (masses[leader] ?? 0)) leader = index;
  });
  const leaderMass = masses[leader] ?? 0;
  const needed = 1 - risk * modelShare;
  const open = { leader, leaderMass, missing: [], isDecided: false, irregular: undefined };
  const suspects = suspectsOf(ledger, classes, leader, beliefs.model.falseFailureRate);
  const surest = Math.max(irregularMass, ...suspects.filter(({ lost }) => lost > 1).map(({ chance }) => 1 - chance));
  if (surest >= needed && (irregularMass >= needed || leaderMass >= 0.5))
    return { ...open, isDecided: true, irregular: surest };
  if (leaderMass < needed) return open;
  const { lastGood, firstBad } = classes.boundaryOf(leader);
  const points = leaderPoints(beliefs, classes, leader);
  const rate = points.reduce((sum, weight, point) => sum + weight * (beliefs.model.rates[point] ?? 0), 0);
  const unproven = firstBad.filter((cell) => !isProvenBad(ledger.inCell(cell), rate));
  const missing: MissingProof[] = [
    ...[...suspects.map(({ cell }) => cell), ...unproven].map((cell) => ({ cell, wanted: 'loss' as const })),
    ...lastGood
      .map((cell) => ({ cell, tooLikelyBy: beliefs.seenIn(cell).doubt(points) / (risk * boundaryShare) }))
      .filter(({ tooLikelyBy }) => tooLikelyBy > 1)
      .map((proof) => ({ ...proof, wanted: 'clean' as const })),
  ];
  return { ...open, missing, isDecided: missing.length === 0 };
}

/** So unlikely to be false failures, losses are none. */
const falseLossChance = 0.01;

/** Cells that the leader calls good, though they were lost oftener than false failures explain. */
function suspectsOf(
  ledger: RoleLedger,
  classes: RuleClasses,
  leader: number,
  falseFailureRate: number,
): { cell: number; lost: number; chance: number }[] {
  return classes.goodCells(leader).flatMap((cell) => {
    const { lost, cycles } = ledger.inCell(cell);
    if (lost === 0) return [];
    let chance = 1;
    for (let count = 1; count <= lost; count += 1) chance *= (cycles * falseFailureRate) / count;
    return chance < falseLossChance ? [{ cell, lost, chance }] : [];
  });
}

function isProvenBad({ lost, cycles }: CellTally, rate: number): boolean {
  return lost > 1 || (lost === 1 && cycles <= oneLoss.cycles && rate >= oneLoss.rate);
}

/** What is believed of the failure rate where the leader is right. */
export function leaderPoints(beliefs: Beliefs, classes: RuleClasses, leader: number): Float64Array {
  const { points, masses } = beliefs.current();
  const mixed = new Float64Array(beliefs.model.size);
  let total = 0;
  beliefs.groups.forEach(({ members }, index) => {
    if (!members.some((member) => classes.classOf[member] === leader)) return;
    const mass = masses[index] ?? 0;
    total += mass;
    points[index]?.forEach((weight, point) => (mixed[point] = (mixed[point] ?? 0) + mass * weight));
  });
  return total > 0 ? mixed.map((weight) => weight / total) : mixed;
}
