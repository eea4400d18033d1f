import type { PciAddress } from './address.ts';

/** Errors that a function reported about itself since it was found, by severity (AER, PCI Express Base spec 6.2). */
export interface ErrorCounts {
  readonly correctable: number;
  readonly nonFatal: number;
  readonly fatal: number;
}

/** The parent port of a function, as its own config space tells it. Bus numbers are config bytes 0x18-0x1a (PCI-to-PCI Bridge spec 3.2.5). */
export interface BridgeHealth {
  readonly address: PciAddress;
  /** First 64 bytes of the port's config space as 128 hex digits; null where it could not be read. */
  readonly config: string | null;
  /**
   * First 28 bytes of the port's PCI Express capability as hex digits, up to Slot Status: what it says of the link and the slot below it.
   * Absent where the port has no such capability, where it does not answer, and in journals of before it was read.
   */
  readonly express?: string | undefined;
  /** Where in config space that capability is. */
  readonly expressOffset?: number | undefined;
  /** As {@link FunctionHealth.errors}, of the port itself. */
  readonly errors?: ErrorCounts | null | undefined;
}

/**
 * What one function is at an edge, raw enough that a later judge may think otherwise.
 * A field is null where the host has no such thing (no driver bound, attribute absent); it is never a guess.
 */
export interface FunctionHealth {
  /** The sysfs node exists. It says nothing about life: a dead function keeps its node. */
  readonly present: boolean;
  /** First 64 bytes of config space as 128 hex digits. All ones is how a dead function answers. */
  readonly config: string | null;
  readonly driver: string | null;
  readonly group: number | null;
  /** `current_link_speed`, for instance `8.0 GT/s PCIe`; `Unknown` on a dead endpoint (drivers/pci/pci-sysfs.c). */
  readonly linkSpeed: string | null;
  /** `current_link_width` in lanes; 63 on a dead endpoint, whose Link Status reads 0xffff. */
  readonly linkWidth: number | null;
  /** The kernel's cached `power_state`; it may lie for a dead function. */
  readonly powerState: string | null;
  readonly runtimeStatus: string | null;
  /** `enable` count: 0 while idle on vfio-pci, at least 1 while a VM has the function open. */
  readonly enableCount: number | null;
  /** `reset_method` in the kernel's order; null where the attribute is absent: the function has no method at all. */
  readonly resetMethods: readonly string[] | null;
  readonly bridge: BridgeHealth | null;
  /** Null where the function has no AER capability, or the kernel no AER; absent in journals of before it was read. */
  readonly errors?: ErrorCounts | null | undefined;
}

/** A process, other than the VM, that has the VFIO group or device file of a function open: no VM can have it meanwhile. */
export interface Holder {
  readonly pid: number;
  readonly command: string;
  /** `/dev/vfio/15`. */
  readonly file: string;
  readonly functions: readonly PciAddress[];
}

/** A task that no signal reaches, in a function of the kernel that resets, opens, closes or removes a device. */
export interface StuckTask {
  readonly pid: number;
  readonly command: string;
  /** The uppermost such function in its stack: `pci_dev_wait`. */
  readonly where: string;
}

/** Health of every watched function at one moment. */
export type HealthByFunction = ReadonlyMap<PciAddress, FunctionHealth>;
