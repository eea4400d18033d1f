import { saveLogsNow } from './advice.ts';
import { functionPattern as bdf, logLines } from './log-line.ts';

const everyKernel = ['4.15', '6.18'] as const;
const amdSource =
  'drivers/iommu/amd_iommu.c, drivers/iommu/amd/iommu.c (iommu_print_event, amd_iommu_report_page_fault)';
const amdBegins = ['AMD-Vi: Event logged ['] as const;
/**
 * Newer kernels put the IOMMU's own name before it, those of 2018 make "AMD-Vi: Event logged [" a record of its own; since 5.x the
 * faulting function prints some of them itself and is not named again.
 */
const amdEvent = (kinds: string): RegExp =>
  new RegExp(String.raw`^(?:AMD-Vi: Event logged \[)?(?:${kinds})\b(?: device=(?<source>${bdf}))?`);
const dmaAfterStop =
  'See whether it came after the VM stopped: then the function was not reset and still does DMA. Else the guest driver is at fault.';

/** IOMMU: AMD-Vi, Intel VT-d, groups (Linux, drivers/iommu). */
export const iommuLines = logLines([
  {
    id: 'amd-io-page-fault',
    program: 'kernel',
    begins: [...amdBegins, 'IO_PAGE_FAULT '],
    pattern: amdEvent('IO_PAGE_FAULT'),
    seen: everyKernel,
    source: amdSource,
    level: 'err',
    class: 'iommu-fault',
    accuses: 'iommu-fault',
    meaning: 'The function reached for memory that it was not given.',
    action: dmaAfterStop,
  },
  {
    id: 'amd-iotlb-timeout',
    program: 'kernel',
    begins: [...amdBegins, 'IOTLB_INV_TIMEOUT '],
    pattern: amdEvent('IOTLB_INV_TIMEOUT'),
    seen: everyKernel,
    source: amdSource,
    level: 'err',
    class: 'device-gone',
    accuses: 'iommu-fault',
    meaning: 'The function no longer answers the IOMMU: it hangs or is gone.',
    action: saveLogsNow,
  },
  {
    id: 'amd-device-event',
    program: 'kernel',
    begins: [...amdBegins, 'INVALID_', 'ILLEGAL_DEV', 'DEV_TAB_', 'PAGE_TAB_', 'RMP_'],
    pattern: amdEvent(
      'INVALID_DEVICE_REQUEST|ILLEGAL_DEV_TABLE_ENTRY|DEV_TAB_HARDWARE_ERROR|PAGE_TAB_HARDWARE_ERROR|INVALID_PPR_REQUEST|RMP_PAGE_FAULT|RMP_HW_ERROR',
    ),
    seen: everyKernel,
    source: amdSource,
    level: 'err',
    class: 'iommu-fault',
    accuses: 'iommu-fault',
    meaning: 'The IOMMU refused a request of the function.',
    action: dmaAfterStop,
  },
  {
    id: 'amd-command-error',
    program: 'kernel',
    begins: [...amdBegins, 'COMMAND_HARDWARE_ERROR', 'ILLEGAL_COMMAND_ERROR'],
    pattern: /^(?:AMD-Vi: Event logged \[)?(?:COMMAND_HARDWARE_ERROR|ILLEGAL_COMMAND_ERROR)\b/,
    seen: everyKernel,
    source: amdSource,
    level: 'err',
    class: 'iommu-fault',
    meaning: 'The IOMMU itself ran into an error; no function is to blame by this line alone.',
    action: 'Look which function the IOMMU complained of just before.',
  },
  {
    id: 'dmar-fault',
    program: 'kernel',
    begins: ['DMAR: ['],
    pattern: new RegExp(String.raw`^DMAR: ?\[[^\]]+\] Request device \[(?<source>${bdf})\]`),
    seen: everyKernel,
    source: 'drivers/iommu/intel-iommu.c, drivers/iommu/intel/dmar.c (dmar_fault_do_one)',
    level: 'err',
    class: 'iommu-fault',
    accuses: 'iommu-fault',
    meaning: 'The function reached for memory that it was not given.',
    action: dmaAfterStop,
  },
  {
    id: 'dmar-invalidation-timeout',
    program: 'kernel',
    begins: ['DMAR: VT-d detected'],
    pattern: /^DMAR: VT-d detected Invalidation (?:Time-out|Completion) Error/,
    seen: ['5.15', '6.18'],
    source: 'drivers/iommu/intel/dmar.c (qi_dump_fault)',
    level: 'err',
    class: 'host-wedged',
    meaning: 'A function no longer answers the IOMMU: the host will hang.',
    action: saveLogsNow,
  },
  {
    id: 'iommu-group-added',
    program: 'kernel',
    begins: ['Adding to iommu group '],
    pattern: /^Adding to iommu group (?<group>\d+)/,
    seen: ['5.4', '6.18'],
    source: 'drivers/iommu/iommu.c (iommu_group_add_device)',
    level: 'info',
    class: 'benign',
    meaning: 'The group of a function.',
  },
  {
    id: 'iommu-group-added-4.15',
    program: 'kernel',
    begins: ['iommu: Adding device ', 'Adding device '],
    pattern: new RegExp(String.raw`^(?:iommu: )?Adding device (?<source>${bdf}) to group (?<group>\d+)`),
    seen: ['4.15', '4.19'],
    source: 'drivers/iommu/iommu.c (iommu_group_add_device)',
    level: 'info',
    class: 'benign',
    meaning: 'The group of a function.',
  },
  {
    id: 'iommu-group-removed',
    program: 'kernel',
    begins: ['Removing from iommu group ', 'iommu: Removing device '],
    pattern: new RegExp(
      String.raw`^(?:Removing from iommu group (?<group>\d+)|iommu: Removing device (?<source>${bdf}) from group \d+)`,
    ),
    seen: everyKernel,
    source: 'drivers/iommu/iommu.c (iommu_group_remove_device)',
    level: 'info',
    class: 'benign',
    meaning: 'A function was taken from the system.',
  },
  {
    id: 'iommu-domain-type',
    program: 'kernel',
    begins: ['iommu: Default domain type', 'iommu: DMA domain TLB'],
    pattern: /^iommu: (?:Default domain type: (?<domain>\w+)|DMA domain TLB invalidation policy: )/,
    seen: ['5.4', '6.18'],
    source: 'drivers/iommu/iommu.c (iommu_subsys_init)',
    level: 'info',
    class: 'benign',
    meaning: 'How the host itself uses the IOMMU; groups do not depend on it.',
  },
  {
    id: 'iommu-found',
    program: 'kernel',
    begins: [
      'AMD-Vi: Found IOMMU',
      'AMD-Vi: Interrupt remapping',
      'AMD-Vi: Lazy IO',
      'AMD-Vi: AMD IOMMUv2',
      'DMAR: IOMMU enabled',
      'DMAR-IR: Enabled IRQ remapping',
    ],
    pattern:
      /^(?:AMD-Vi: (?:Found IOMMU |Interrupt remapping enabled|Lazy IO\/TLB flushing enabled)|DMAR: IOMMU enabled|DMAR-IR: Enabled IRQ remapping)/,
    seen: everyKernel,
    source: 'drivers/iommu/amd_iommu_init.c, drivers/iommu/amd/init.c, drivers/iommu/intel/*.c',
    level: 'info',
    class: 'benign',
    meaning: 'The IOMMU is on.',
  },
]);
