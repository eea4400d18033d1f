import type { LabHost } from '../../host/lab-host.ts';
import type { RungName } from '../../journal/events.ts';
import type { PciAddress } from '../../pci/address.ts';
import type { HealthByFunction } from '../../pci/health.ts';
import type { PciTree } from '../../pci/reset-scope.ts';
import type { Wait } from '../../wait.ts';

/** The rungs that act on a host which goes on running. */
export type LiveRung = Exclude<RungName, 'host-reboot' | 'power-cycle'>;

/**
 * What came of a step: `taken`, though it may have brought nothing back · `not-possible` here · `forbidden`, for it would hit what is the
 * host's · `failed`, because the host refused it or never came back from it.
 */
export interface RungEnd {
  readonly standing: 'taken' | 'not-possible' | 'forbidden' | 'failed';
  readonly message?: string;
}

export const taken: RungEnd = { standing: 'taken' };

/** What a rung has at hand. */
export interface RungWorld {
  readonly host: LabHost;
  /** Everything on the host, read just now. */
  readonly tree: PciTree;
  readonly passedThrough: ReadonlySet<PciAddress>;
  /** Health before the first cycle. */
  readonly baseline: HealthByFunction;
  readonly now: HealthByFunction;
  readonly lost: readonly PciAddress[];
  /** Something can cut the host's power if a step hangs it. */
  readonly hasPower: boolean;
  /** How long a function may take to answer again by itself. */
  readonly patienceMs: number;
  readonly sleep: (durationMs: number) => Promise<void>;
  /** Reads the health of every function into the journal, and tells which are still lost. */
  readonly look: () => Promise<readonly PciAddress[]>;
  /** For one ordinary command. */
  readonly wait: Wait;
}

/** How long the kernel waits for a function to answer after a reset, with what it takes to say so (PCIE_RESET_READY_POLL_MS, drivers/pci/pci.h). */
const resetMs = 75_000;

/** The wait for acts that reset or scan so many functions, one after the other. */
export function resetWait({ wait }: RungWorld, functions: number): Wait {
  return { ...wait, timeoutMs: resetMs * Math.max(1, functions) };
}
