/** Advice that several lines of the catalogue end in. */

export const readPort =
  'Read config of the port above: restore it if its bus numbers are gone, else power-cycle the slot.';
export const comparePort =
  'Compare the bus numbers and windows of the port above (setpci -s PORT 18.l, lspci -vv) with those before the fault: if they are gone, write them back; if they stand, the function itself did not come up.';
export const saveLogsNow =
  'Save logs now and power-cycle the host: the IOMMU waits for an answer that a dead function owes it.';
export const switchIommuOn =
  'Switch the IOMMU on in the BIOS (AMD-Vi, VT-d) and, on Intel, boot with intel_iommu=on. Look for "interrupt remapping" in dmesg.';
export const findFunction =
  'Look whether the address changed (lspci -nn); if the function is missing, rescan the bus or power-cycle the slot.';
export const giveRom = 'Give the VM a ROM file (romfile=), or none (rombar=0).';
export const freeFramebuffer =
  'Boot with initcall_blacklist=sysfb_init (older kernels: video=efifb:off), or let another GPU be the first.';
