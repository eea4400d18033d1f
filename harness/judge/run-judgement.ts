import type { Cell, HostIdentity, JournalEventOf } from '../journal/events.ts';
import type { PciAddress } from '../pci/address.ts';
import type { ForcedStops } from './forced-stops.ts';
import type { GuestTotals } from './guest-totals.ts';
import type { RunResets } from './reset-provenance.ts';
import type { RunOutcome } from './run-outcome.ts';
import type { FunctionTotals } from './totals.ts';
import type { CycleJudgement, CycleOutcome } from './verdict.ts';

/** A run, judged from its journal alone. */
export interface RunJudgement {
  readonly start: JournalEventOf<'run-started'>;
  readonly identity: HostIdentity | undefined;
  readonly cell: Cell | undefined;
  readonly gates: readonly JournalEventOf<'gate'>[];
  readonly outcome: RunOutcome;
  readonly cycles: Readonly<Record<CycleOutcome, number>>;
  readonly functions: ReadonlyMap<PciAddress, FunctionTotals>;
  /** The cycles that did not pass, in order; of very many the first and the last. */
  readonly failures: readonly CycleJudgement[];
  /** How many of them are left out between the first and the last. */
  readonly failuresOmitted: number;
  readonly resets: RunResets;
  /** Undefined where no guest was asked. */
  readonly guest: GuestTotals | undefined;
  /** How often the VM had to be ended by more than its manager's stop. */
  readonly forcedStops: ForcedStops;
  readonly hostReboots: number;
  /** The last boot_id seen. */
  readonly bootId: string | undefined;
  readonly lastAtMs: number;
  readonly end: JournalEventOf<'run-finished'> | undefined;
}
