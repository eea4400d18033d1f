import type { PciAddress } from '../pci/address.ts';
import type { Departure } from '../pci/symptoms.ts';
import type { FunctionRole, ResetRecord, RungName, StopStep } from '../journal/events.ts';

/**
 * `survived`: alive, same group, right driver, link not narrower, and the VM got it.
 * `degraded`: alive, with a named symptom. `lost`: not usable.
 * `unobserved`: nobody could see; it counts as neither good nor bad.
 */
export type Verdict = 'survived' | 'degraded' | 'lost' | 'unobserved';

/** `fail` is the product's fault; `infra` is ours or the lab's. Only `fail` may move a statistic. */
export type CycleOutcome = 'pass' | 'fail' | 'infra' | 'aborted';

/** What one cycle did to one function, with the evidence. */
export interface FunctionVerdict {
  readonly address: PciAddress;
  readonly role: FunctionRole;
  readonly verdict: Verdict;
  readonly departures: readonly Departure[];
  /** The VM held the function in this cycle, so this cycle's reset says something about it. */
  readonly exercised: boolean;
  /** One sentence that says why. */
  readonly because: string;
  /** Numbers of the journal events that made the verdict. */
  readonly evidence: readonly number[];
  /** The rung of the recovery ladder that brought it back; absent where none did or was tried. */
  readonly recoveredBy?: RungName;
}

/** One reset of a cycle; `ms` is null where it was not seen to end. */
export type TimedReset = ResetRecord & { readonly ms: number | null };

/** One cycle, judged. */
export interface CycleJudgement {
  readonly cycle: number;
  readonly outcome: CycleOutcome;
  readonly because: string;
  readonly startedAtMs: number;
  readonly durationMs: number;
  readonly functions: readonly FunctionVerdict[];
  /** What had to end the VM, which its manager did not stop; absent where it did. */
  readonly forcedBy?: Exclude<StopStep, 'stop'>;
  /** What the kernel reset in it, in order; absent where nobody could see it. */
  readonly resets?: readonly TimedReset[];
}
