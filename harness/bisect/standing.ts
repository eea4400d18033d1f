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
  readonly irregularMass: number;
  /** What the boundary of the leader still lacks. */
  readonly missing: readonly MissingProof[];
  readonly isDecided: boolean;
}

/** A cell at the boundary that was not seen well enough to say so. */
export interface MissingProof {
  readonly cell: number;
  /** `loss`: it is to be bad and was not lost often enough to say so. `clean`: it is to be good, and a bad one might have looked the same. */
  readonly wanted: 'loss' | 'clean';
}

/** The chance that a bad cell looks as clean as one that a verdict calls the last good one. */
export const boundaryDoubt = 0.08;
/** Part of the allowed risk that the model may use up; the rest is for what it does not know. */
const modelShare = 0.9;
/** A single loss after more cycles than this may be the harness's: a second one confirms it. */
const cyclesOfOneLoss = 20;

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
  if (irregularMass >= needed) return { leader, leaderMass, irregularMass, missing: [], isDecided: true };
  if (leaderMass < needed) return { leader, leaderMass, irregularMass, missing: [], isDecided: false };
  const { lastGood, firstBad } = classes.boundaryOf(leader);
  const points = leaderPoints(beliefs, classes, leader);
  const missing: MissingProof[] = [
    ...firstBad.filter((cell) => !isProvenBad(ledger.inCell(cell))).map((cell) => ({ cell, wanted: 'loss' as const })),
    ...lastGood
      .filter((cell) => beliefs.doubtOf(cell, points) > boundaryDoubt)
      .map((cell) => ({ cell, wanted: 'clean' as const })),
  ];
  return { leader, leaderMass, irregularMass, missing, isDecided: missing.length === 0 };
}

function isProvenBad({ lost, cycles }: CellTally): boolean {
  return lost > 1 || (lost === 1 && cycles <= cyclesOfOneLoss);
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
