import type { ExpectedIdentity } from '../host/identity.ts';
import type { LabHost } from '../host/lab-host.ts';
import type { Clock } from '../clock.ts';
import type { BiosFlasher } from '../host/bios/flasher.ts';
import type { HostConsole } from '../host/console/stuck.ts';
import type { PowerSwitch } from '../host/power/switch.ts';
import type { CellRequest, FunctionRole, RungName, StopRules } from '../journal/events.ts';
import type { Journal } from '../journal/writer.ts';
import type { RunJudge } from '../judge/run-judge.ts';
import type { PciAddress } from '../pci/address.ts';
import type { HostBudget } from './host-budget.ts';
import type { Past } from './resume-point.ts';
import type { HostLeftovers } from './host-leftovers.ts';
import type { LabClaim } from './lab-claim.ts';
import type { GuestExpectation } from '../vm/guest-proof.ts';
import type { VmManager } from '../vm/manager.ts';
import type { Wait } from '../wait.ts';

/** What a run is to do, settled before the host is first spoken to. */
export interface SoakPlan {
  readonly run: string;
  readonly host: string;
  readonly comebackVersion: string;
  readonly identity: ExpectedIdentity;
  /** Expected `pcie_acs_override=`; undefined where the host needs none. */
  readonly acsOverride: string | undefined;
  readonly functions: readonly PlannedFunction[];
  readonly vm: {
    readonly manager: string;
    readonly id: string;
    /** The driver that stays on a function after a stop; null where each goes back to the one that it had in the baseline, or to none. */
    readonly driverAfterStop: string | null;
  };
  /** Who to name to others who want the lab while this run has it. */
  readonly owner: string;
  /** Another run that has the lab is made to give way. */
  readonly takeOver: boolean;
  /** 0 for a run that only boots and verifies; undefined where their number has no limit. */
  readonly cycles: number | undefined;
  /** What ends the run beside that; the first that is met does. */
  readonly stopRules: StopRules;
  /** The bisect that this run is a visit of. The journal does not say how many cycles it has then: a later visit may add some. */
  readonly bisect?: string | undefined;
  /** What to boot first; undefined where the host is taken as it is. */
  readonly cell: CellRequest | undefined;
  /** What a person types to go on once the run is parked. */
  readonly resumeCommand: string;
  /** Somebody has made sure that no flash of an earlier run is under way any more. */
  readonly flashIsOver: boolean;
  /** Boots a cell even by a means that a dead kernel does not end. */
  readonly acceptLastingPin: boolean;
  readonly recovery: RecoveryPolicy;
  /** What the guest of the VM is asked in each cycle; undefined where it is not asked. */
  readonly guest: GuestExpectation | undefined;
  readonly settle: { readonly afterStartMs: number; readonly afterStopMs: number };
  readonly timeouts: {
    readonly connectMs: number;
    readonly commandMs: number;
    readonly vmStartMs: number;
    readonly vmStopMs: number;
    /** For a guest to end by itself, where its VM could not be stopped. */
    readonly vmShutdownMs: number;
    /** For the VM's process to end after a signal, where nothing else ended it. */
    readonly vmKillMs: number;
    /** Shutdown, firmware and boot together. */
    readonly bootMs: number;
    /** One power cycle with its minimum off-time. */
    readonly powerMs: number;
    /** How long a host may be silent before it counts as wedged and its power is cut. */
    readonly wedgeMs: number;
    readonly flashMs: number;
  };
}

/** What is done about a function that a cycle lost. */
export interface RecoveryPolicy {
  /** Steps taken, in this order, to bring it back; without any the next cycle meets it as it is. */
  readonly rungs: readonly RungName[];
  /** How long the rung `wait` gives it. */
  readonly waitMs: number;
  /** The run ends after a cycle that needed this rung or a stronger one, or that nothing mended; undefined: it never does. */
  readonly stopAt?: RungName | 'still-lost' | undefined;
}

export interface PlannedFunction {
  readonly address: PciAddress;
  readonly role: FunctionRole;
  readonly id: string;
  readonly name?: string | undefined;
}

/** Everything outside the engine: how to reach the host, where to write, what time it is, when to stop. */
export interface SoakWorld {
  readonly connect: (wait: Wait) => Promise<LabHost>;
  /** Like `connect`, but patient: the host may be rebooting. */
  readonly reconnect: (wait: Wait) => Promise<LabHost>;
  readonly vmOn: (host: LabHost) => VmManager;
  readonly claim: LabClaim;
  /** What the host may be put through; undefined where nobody counts. */
  readonly budget?: HostBudget | undefined;
  readonly power?: PowerSwitch | undefined;
  /** What earlier runs left of the host. */
  readonly leftovers?: HostLeftovers | undefined;
  readonly bios: BiosFlasher;
  readonly console?: HostConsole | undefined;
  readonly journal: Journal;
  /** Hears every event of the journal, and has heard those of an earlier session of this run. */
  readonly judge: RunJudge;
  /** Where to go on with a run that was left before its end; undefined where this is its begin. */
  readonly past?: Past | undefined;
  /** Makes sure that the journal has room for another cycle. @throws ComebackError of kind `infra` where it has not. */
  readonly requireRoom?: (() => Promise<void>) | undefined;
  readonly clock: Clock;
  /** Aborts when the operator wants the run to end: the cycle under way is ended in order, no new one begins. */
  readonly stop: AbortSignal;
}
