import type { FunctionRole } from '../../../journal/events.ts';
import type { CycleJudgement, CycleOutcome, FunctionVerdict } from '../../../judge/verdict.ts';
import type { PciAddress } from '../../../pci/address.ts';
import { type Symptom, symptoms } from '../../../pci/symptoms.ts';

/** Cycles that did not pass for the same reason. */
export interface Cause {
  readonly outcome: Exclude<CycleOutcome, 'pass'>;
  /** Undefined where it is no function's: the lab's fault, or nobody's. */
  readonly of:
    | {
        readonly address: PciAddress;
        readonly role: FunctionRole;
        readonly verdict: 'lost' | 'degraded';
        readonly symptom: Symptom | undefined;
      }
    | undefined;
  /** In the words of the first of them. */
  readonly because: string;
  readonly cycles: number;
  readonly firstCycle: number;
  readonly lastCycle: number;
}

/** More different reasons than that nobody reads; what comes after them is only counted. */
const keptCauses = 60;

/** Why the cycles that did not pass did not, each reason once. */
export class Causes {
  readonly #causes = new Map<string, Cause>();
  #others = 0;

  /** @returns whether the cycle has a reason that none before it had. */
  add(judgement: CycleJudgement): boolean {
    if (judgement.outcome === 'pass') return false;
    let isNew = false;
    for (const cause of causesOf(judgement, judgement.outcome)) isNew = this.#count(cause, judgement.cycle) || isNew;
    return isNew;
  }

  /** What was lost first, then degraded, then whatever the lab did; the most frequent first. */
  get causes(): readonly Cause[] {
    return [...this.#causes.values()].sort(
      (one, other) =>
        gravityOf(one) - gravityOf(other) || other.cycles - one.cycles || one.firstCycle - other.firstCycle,
    );
  }

  /** Cycles of more reasons than are kept. */
  get others(): number {
    return this.#others;
  }

  #count(
    { key, ...cause }: Omit<Cause, 'cycles' | 'firstCycle' | 'lastCycle'> & { key: string },
    cycle: number,
  ): boolean {
    const known = this.#causes.get(key);
    if (known !== undefined) {
      this.#causes.set(key, { ...known, cycles: known.cycles + 1, lastCycle: cycle });
      return false;
    }
    if (this.#causes.size === keptCauses) {
      this.#others += 1;
      return false;
    }
    this.#causes.set(key, { ...cause, cycles: 1, firstCycle: cycle, lastCycle: cycle });
    return true;
  }
}

function causesOf({ functions, because }: CycleJudgement, outcome: Cause['outcome']) {
  if (outcome !== 'fail') return [{ key: `${outcome} ${likeness(because)}`, outcome, of: undefined, because }];
  return functions.flatMap((of) => {
    const { address, role, verdict } = of;
    if (verdict !== 'lost' && verdict !== 'degraded') return [];
    const symptom = symptomOf(of);
    const key = `${address} ${verdict} ${symptom ?? likeness(of.because)}`;
    return [{ key, outcome, of: { address, role, verdict, symptom }, because: of.because }];
  });
}

/** The judge begins its sentence with it. */
function symptomOf({ because }: FunctionVerdict): Symptom | undefined {
  return symptoms.find((symptom) => because.startsWith(`${symptom}: `));
}

/** The same for all sentences that differ only in numbers, and short. */
function likeness(because: string): string {
  return Buffer.from(because.slice(0, 200).replaceAll(/0x[0-9a-f]+|\d+/gi, '#')).toString();
}

function gravityOf({ outcome, of }: Cause): number {
  if (of !== undefined) return of.verdict === 'lost' ? 0 : 1;
  return outcome === 'infra' ? 2 : 3;
}
