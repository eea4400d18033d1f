import { crosshairViiHero } from './board.ts';
import { acsOverride, iommuGroups } from './groups.ts';
import { writeHostFiles, type HostIdentity } from './host-files.ts';
import { kernelLevels, type KernelLog } from './kernel-log.ts';
import { Machine } from './machine.ts';
import type { TwinRecord } from './record.ts';
import { PciSysfs } from './sysfs.ts';

/**
 * Boots a kernel on the board: functions alive and on the host's drivers, groups as the command line splits them, the tree under
 * `root` written, and the lines in the kernel log that tell of it.
 *
 * @param root holds no sys, proc, dev, run, var or tmp yet
 */
export function bootMachine(
  root: string,
  identity: HostIdentity,
  bootId: string,
  log: KernelLog,
  record: TwinRecord,
): Machine {
  const override = acsOverride(identity.commandLine);
  const groups = iommuGroups(crosshairViiHero, override);
  const sysfs = new PciSysfs(root, crosshairViiHero);
  const machine = new Machine(crosshairViiHero, groups, sysfs, record);
  writeHostFiles(root, sysfs, identity, bootId);
  log.boot();
  log.append(`Linux version ${identity.kernelRelease} (build@proxmox)`, kernelLevels.notice);
  log.append(`Command line: ${identity.commandLine}`);
  if (override !== null) {
    const warning = 'Warning: PCIe ACS overrides enabled; This may allow non-IOMMU protected peer-to-peer DMA';
    log.append(warning, kernelLevels.warning);
  }
  const { boardName, biosVersion, biosDate } = identity;
  log.append(`DMI: System manufacturer System Product Name/${boardName}, BIOS ${biosVersion} ${biosDate}`);
  for (const [address, group] of groups) {
    log.append(`pci ${address}: Adding to iommu group ${group}`, kernelLevels.info, address);
  }
  log.append('AMD-Vi: Interrupt remapping enabled');
  return machine;
}
