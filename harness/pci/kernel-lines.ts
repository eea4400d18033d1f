import { parsePciAddress, type PciAddress } from './address.ts';
import type { Symptom } from './symptoms.ts';

/** What the kernel said of one function or port. */
export interface KernelSign {
  readonly symptom: Extract<Symptom, 'iommu-fault' | 'aer-uncorrectable' | 'reset-failed'>;
  /** The function that the line accuses: the source of a transaction or an error, not the port that reported it. */
  readonly device: PciAddress;
}

interface KernelLinePattern {
  readonly symptom: KernelSign['symptom'];
  /** `by` is the function that prints, `source` the one that it accuses, `id` the same as a requester ID; the latter win. */
  readonly pattern: RegExp;
  /** The file that prints it. */
  readonly source: string;
}

const bdf = String.raw`(?:[0-9a-f]{4,8}:)?[0-9a-f]{2}:[01][0-9a-f]\.[0-7]`;
/** What dev_printk() puts before a text: driver, or `pci` where none is bound, and address. */
const by = String.raw`^\S+ (?<by>${bdf}): `;
const uncorrected = String.raw`Uncorrect(?:ed|able) \((?:Non-)?Fatal\)`;
/** Events that tell of one function; those of the IOMMU's own command buffer accuse nobody. */
const amdEvent =
  '(?:IO_PAGE_FAULT|INVALID_DEVICE_REQUEST|ILLEGAL_DEV_TABLE_ENTRY|DEV_TAB_HARDWARE_ERROR|PAGE_TAB_HARDWARE_ERROR|IOTLB_INV_TIMEOUT|INVALID_PPR_REQUEST|RMP_PAGE_FAULT|RMP_HW_ERROR)';

/** Wordings of Linux 4.15 to 6.18; the first match wins. */
export const kernelLinePatterns: readonly KernelLinePattern[] = [
  {
    // Newer kernels put the IOMMU's own name before it, those of 2018 make "AMD-Vi: Event logged [" a record of its own.
    symptom: 'iommu-fault',
    pattern: new RegExp(String.raw`(?:^|AMD-Vi: Event logged \[)${amdEvent} device=(?<source>${bdf})`),
    source: 'drivers/iommu/amd_iommu.c, drivers/iommu/amd/iommu.c (iommu_print_event)',
  },
  {
    symptom: 'iommu-fault',
    pattern: new RegExp(String.raw`${by}AMD-Vi: Event logged \[${amdEvent}\b`),
    source: 'drivers/iommu/amd/iommu.c (amd_iommu_report_page_fault)',
  },
  {
    symptom: 'iommu-fault',
    pattern: new RegExp(String.raw`^DMAR: ?\[[^\]]+\] Request device \[(?<source>${bdf})\]`),
    source: 'drivers/iommu/intel-iommu.c, drivers/iommu/intel/dmar.c (dmar_fault_do_one)',
  },
  {
    symptom: 'aer-uncorrectable',
    pattern: new RegExp(
      String.raw`${by}AER: (?:Multiple )?${uncorrected} error (?:message )?received(?: from |: )(?:id=(?<id>[0-9a-f]{4})|(?<source>${bdf}))`,
    ),
    source: 'drivers/pci/pcie/aer/aerdrv_errprint.c, drivers/pci/pcie/aer.c (aer_print_port_info)',
  },
  {
    symptom: 'aer-uncorrectable',
    pattern: new RegExp(String.raw`${by}(?:AER: )?PCIe Bus Error: severity=${uncorrected},`),
    source: 'drivers/pci/pcie/aer.c (aer_print_error)',
  },
  {
    // Firmware that keeps the errors to itself tells them this way; it prints a severity for what cannot be corrected only.
    symptom: 'aer-uncorrectable',
    pattern: new RegExp(String.raw`${by}(?:AER: )?aer_uncor_severity: 0x`),
    source: 'drivers/pci/pcie/aer.c (pci_print_aer)',
  },
  {
    // The port takes its link down, so it speaks of all below it.
    symptom: 'aer-uncorrectable',
    pattern: new RegExp(String.raw`${by}DPC: containment event, status:0x`),
    source: 'drivers/pci/pcie/dpc.c (dpc_process_error)',
  },
  {
    symptom: 'reset-failed',
    pattern: new RegExp(String.raw`${by}not ready \d+ms after .+; giving up`),
    source: 'drivers/pci/pci.c (pci_flr_wait, pci_dev_wait)',
  },
  {
    symptom: 'reset-failed',
    pattern: new RegExp(String.raw`${by}Failed to return from FLR`),
    source: 'drivers/pci/pci.c before 4.15 (pci_flr_wait)',
  },
  {
    symptom: 'reset-failed',
    pattern: new RegExp(String.raw`${by}Data Link Layer Link Active not set in \d+ msec`),
    source: 'drivers/pci/pci.c (pcie_wait_for_link_delay)',
  },
  {
    symptom: 'reset-failed',
    pattern: new RegExp(String.raw`${by}retraining failed`),
    source: 'drivers/pci/quirks.c (pcie_failed_link_retrain)',
  },
];

/**
 * What a line of the kernel log says against a function. Errors that the hardware corrected, waits that ended well and
 * whatever else a healthy start prints say nothing.
 *
 * @returns undefined also where the line names no function.
 */
export function recogniseKernelLine(text: string): KernelSign | undefined {
  for (const { symptom, pattern } of kernelLinePatterns) {
    const named = pattern.exec(text)?.groups;
    const device = named === undefined ? undefined : deviceIn(named);
    if (device !== undefined) return { symptom, device };
  }
  return undefined;
}

function deviceIn({ by, source, id }: Partial<Record<string, string>>): PciAddress | undefined {
  const text = source ?? (id === undefined ? by : addressOfRequester(id, by));
  return text === undefined ? undefined : parsePciAddress(text);
}

/** A requester ID is bus, device and function in 16 bits; it belongs to the domain of the port that received it. */
function addressOfRequester(id: string, by: string | undefined): string {
  const number = Number.parseInt(id, 16);
  const hex = (value: number): string => value.toString(16).padStart(2, '0');
  const domain = /^[0-9a-f]{4,8}(?=:..:)/.exec(by ?? '')?.[0] ?? '0000';
  return `${domain}:${hex(number >> 8)}:${hex((number >> 3) & 0x1f)}.${String(number & 7)}`;
}
