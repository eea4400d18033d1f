import type { ExpectedIdentity } from '../host/identity.ts';
import type { LabHost } from '../host/lab-host.ts';
import type { Clock } from '../clock.ts';
import type { FunctionRole } from '../journal/events.ts';
import type { Journal } from '../journal/writer.ts';
import type { PciAddress } from '../pci/address.ts';
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
    /** The driver that stays on a function after a stop; null where the manager gives it back to the host's own driver. */
    readonly driverAfterStop: string | null;
  };
  /** Who to name to others who want the lab while this run has it. */
  readonly owner: string;
  readonly cycles: number;
  readonly settle: { readonly afterStartMs: number; readonly afterStopMs: number };
  readonly timeouts: {
    readonly connectMs: number;
    readonly commandMs: number;
    readonly vmStartMs: number;
    readonly vmStopMs: number;
  };
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
  readonly journal: Journal;
  readonly clock: Clock;
  /** Aborts when the operator wants the run to end: the cycle under way is ended in order, no new one begins. */
  readonly stop: AbortSignal;
}
