import type { PciAddress } from '../../pci/address.ts';

/** Somebody has to wait until it settles, if at all; undefined where nothing holds him up. */
export type Stall = Promise<void> | undefined;

/** What a VM tells of its life, so that a fault can strike at the very moment at which it would in the kernel. */
export interface VmMoments {
  /** Before its first function is opened. */
  readonly opens: () => Stall;
  /** Its first function could not be opened, so none is. */
  readonly neverOpened: () => void;
  /** Within a reset of the bus below the port, after the bus came out of it. */
  readonly busReset: (port: PciAddress) => Stall;
  /** After its last function is closed. */
  readonly closed: () => Stall;
  /** All is over. @param functions of its configuration, whether they are there or not */
  readonly ended: (how: VmEnd, functions: readonly PciAddress[]) => void;
}

/** `refused`: it never ran. */
export type VmEnd = 'stop' | 'shutdown' | 'gone' | 'refused';
