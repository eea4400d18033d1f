import type { PciAddress } from '../pci/address.ts';

/** What the kernel can have against a function that goes on answering. */
export type KernelComplaint = 'iommu-fault' | 'aer-uncorrectable';

interface Accused {
  readonly device: PciAddress;
  /** `10de:1c82` */
  readonly id: string;
  readonly driver: string | null;
  /** The port that reports its errors; null on the root bus. */
  readonly port: PciAddress | null;
}

/**
 * The lines of the kernel log, as this release words them (drivers/iommu/amd/iommu.c, drivers/pci/pcie/aer.c, err.c). The error is an
 * Unsupported Request.
 *
 * @param release `6.8.12-4-pve`, as uname -r has it
 */
export function complaintLines(complaint: KernelComplaint, accused: Accused, release: string): string[] {
  const { device, driver, port } = accused;
  const since = (major: number, minor: number): boolean => {
    const [ownMajor = 0, ownMinor = 0] = release.split('.').map((part) => Number.parseInt(part, 10));
    return ownMajor > major || (ownMajor === major && ownMinor >= minor);
  };
  const self = `${driver ?? 'pci'} ${device}`;
  if (complaint === 'iommu-fault') {
    const memory = 'domain=0x000e address=0xfd3c0000 flags=0x0020]';
    return since(5, 4)
      ? [`${self}: AMD-Vi: Event logged [IO_PAGE_FAULT ${memory}`]
      : [`AMD-Vi: Event logged [IO_PAGE_FAULT device=${device.slice('0000:'.length)} ${memory}`];
  }
  const severity = since(6, 9) ? 'Uncorrectable (Non-Fatal)' : 'Uncorrected (Non-Fatal)';
  const received = since(6, 1) ? 'error message received from' : 'error received:';
  const reporter = `pcieport ${port ?? device}`;
  return [
    `${reporter}: AER: ${severity} ${received} ${device}`,
    `${self}: ${since(5, 4) ? 'AER: ' : ''}PCIe Bus Error: severity=${severity}, type=Transaction Layer, (Requester ID)`,
    `${self}:   device [${accused.id}] error status/mask=00100000/00000000`,
    `${self}:    [20] UnsupReq               (First)`,
    `${reporter}: AER: ${since(5, 4) ? 'device' : 'Device'} recovery successful`,
  ];
}
