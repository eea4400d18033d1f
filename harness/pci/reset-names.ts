/** The kernel's ways to reset a function, by their names in `reset_method` (drivers/pci/pci.c, pci_reset_fn_methods). */
export const resetMethods = ['device_specific', 'acpi', 'flr', 'af_flr', 'pm', 'bus', 'cxl_bus'] as const;
export type ResetMethod = (typeof resetMethods)[number];

/** `none`: a reset was asked for and not done. `unknown`: done, but nobody saw how. */
export const performedResets = [...resetMethods, 'none', 'unknown'] as const;
export type PerformedReset = (typeof performedResets)[number];

/** What a call of a kernel function says about a reset. */
export type ResetCall =
  /** Somebody wants a reset of a function, or of its bus; what is called inside tells what is done. */
  | { readonly kind: 'request' }
  /**
   * A way to reset a function. `always`: whoever calls it does it; the others return -ENOTTY where the function has no such way.
   * `whole`: what it calls is part of it.
   */
  | { readonly kind: 'method'; readonly method: ResetMethod; readonly always?: true; readonly whole?: true }
  /** Resets the bus below the bridge that is its argument. */
  | { readonly kind: 'bus'; readonly returnsNothing?: true }
  /** A VM's process opens or closes a function. */
  | { readonly kind: 'vfio'; readonly during: 'open' | 'close' };

/** By function of drivers/pci and drivers/vfio/pci, Linux 4.15 to 6.18. */
export const resetCalls: ReadonlyMap<string, ResetCall> = new Map<string, ResetCall>([
  ['pci_try_reset_function', { kind: 'request' }],
  ['pci_reset_function', { kind: 'request' }],
  ['__pci_reset_function_locked', { kind: 'request' }],
  ['pci_reset_bus', { kind: 'request' }],
  ['pci_dev_specific_reset', { kind: 'method', method: 'device_specific', whole: true }],
  ['pci_dev_acpi_reset', { kind: 'method', method: 'acpi', whole: true }],
  ['pcie_flr', { kind: 'method', method: 'flr', always: true }],
  ['pcie_reset_flr', { kind: 'method', method: 'flr' }],
  ['pci_af_flr', { kind: 'method', method: 'af_flr' }],
  ['pci_pm_reset', { kind: 'method', method: 'pm' }],
  ['pci_bridge_secondary_bus_reset', { kind: 'bus' }],
  ['pci_reset_bridge_secondary_bus', { kind: 'bus', returnsNothing: true }],
  ['pci_reset_secondary_bus', { kind: 'bus', returnsNothing: true }],
  ['vfio_pci_core_enable', { kind: 'vfio', during: 'open' }],
  ['vfio_pci_core_disable', { kind: 'vfio', during: 'close' }],
  ['vfio_pci_enable', { kind: 'vfio', during: 'open' }],
  ['vfio_pci_disable', { kind: 'vfio', during: 'close' }],
]);

/** ENOTTY, include/uapi/asm-generic/ioctls.h: the kernel's word for "there is no such way to reset it", and for "it never came back". */
export const noSuchReset = -25;

const errors: ReadonlyMap<number, string> = new Map([
  [-5, 'input or output error (EIO)'],
  [-11, 'somebody else has it locked (EAGAIN)'],
  [-12, 'no memory (ENOMEM)'],
  [-16, 'in use (EBUSY)'],
  [-19, 'no such device (ENODEV)'],
  [-22, 'invalid (EINVAL)'],
  [noSuchReset, 'no reset method of its own (ENOTTY)'],
  [-110, 'timed out (ETIMEDOUT)'],
]);

/** Why the kernel did not reset it, in words. @param returned negative errno (include/uapi/asm-generic/errno-base.h) */
export function resetErrorWords(returned: number): string {
  return errors.get(returned) ?? `error ${-returned}`;
}

/** What was done, as a noun: `bus reset`. */
export const resetWords: Readonly<Record<PerformedReset, string>> = {
  device_specific: 'reset of its own kind (device specific)',
  acpi: 'reset by ACPI',
  flr: 'function level reset (FLR)',
  af_flr: 'function level reset (AF FLR)',
  pm: 'power management reset (D3hot and back)',
  bus: 'bus reset',
  cxl_bus: 'CXL bus reset',
  none: 'no reset',
  unknown: 'reset by a method that nobody saw',
};
