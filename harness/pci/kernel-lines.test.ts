import { describe, expect, it } from 'vitest';
import { addressOf } from '../test/known-address.ts';
import { recogniseKernelText } from './kernel-catalogue/recognise.ts';
import { accusingLines, recogniseKernelLine } from './kernel-lines.ts';

const gpu = '0000:2b:00.0';
const port = '0000:00:03.1';

const accusing: readonly (readonly [symptom: string, device: string, lines: readonly string[]])[] = [
  [
    'iommu-fault',
    gpu,
    [
      'AMD-Vi: Event logged [IO_PAGE_FAULT device=2b:00.0 domain=0x000e address=0x00000000fd3c0000 flags=0x0020]',
      'IO_PAGE_FAULT device=2b:00.0 domain=0x000e address=0x00000000fd3c0000 flags=0x0020]',
      'AMD-Vi: Event logged [IO_PAGE_FAULT device=0000:2b:00.0 domain=0x000e address=0xfd3c0000 flags=0x0020]',
      'vfio-pci 0000:2b:00.0: AMD-Vi: Event logged [IO_PAGE_FAULT domain=0x000e address=0xfd3c0000 flags=0x0020]',
      'pci 0000:2b:00.0: AMD-Vi: Event logged [IO_PAGE_FAULT domain=0x000e address=0xfd3c0000 flags=0x0020]',
      'iommu ivhd0: AMD-Vi: Event logged [IOTLB_INV_TIMEOUT device=2b:00.0 address=0x42b5b01a0]',
      'iommu ivhd0: AMD-Vi: Event logged [ILLEGAL_DEV_TABLE_ENTRY device=0000:2b:00.0 pasid=0x00000 address=0x135300000 flags=0x0080]',
      'pci 0000:00:00.2: AMD-Vi: Event logged [INVALID_DEVICE_REQUEST device=0000:2b:00.0 pasid=0x00000 address=0x1 flags=0x2]',
      'DMAR: [DMA Read] Request device [2b:00.0] fault addr ffffc030b000 [fault reason 06] PTE Read access is not set',
      'DMAR: [DMA Write NO_PASID] Request device [2b:00.0] fault addr 0xb97ff000 [fault reason 0x05] PTE Write access is not set',
      'DMAR: [INTR-REMAP] Request device [2b:00.0] fault index 0x8080 [fault reason 0x25]',
    ],
  ],
  [
    'aer-uncorrectable',
    gpu,
    [
      'pcieport 0000:00:03.1: AER: Uncorrected (Fatal) error received: id=2b00',
      'pcieport 0000:00:03.1: AER: Multiple Uncorrected (Non-Fatal) error received: 0000:2b:00.0',
      'pcieport 0000:00:03.1: AER: Uncorrected (Non-Fatal) error message received from 0000:2b:00.0',
      'pcieport 0000:00:03.1: AER: Uncorrectable (Fatal) error message received from 0000:2b:00.0 (no details found)',
      'vfio-pci 0000:2b:00.0: PCIe Bus Error: severity=Uncorrected (Fatal), type=Unaccessible, id=2b00(Unregistered Agent ID)',
      'vfio-pci 0000:2b:00.0: AER: PCIe Bus Error: severity=Uncorrected (Non-Fatal), type=Transaction Layer, (Requester ID)',
      'vfio-pci 0000:2b:00.0: PCIe Bus Error: severity=Uncorrectable (Fatal), type=Inaccessible, (Unregistered Agent ID)',
      'vfio-pci 0000:2b:00.0: AER: aer_uncor_severity: 0x00462030',
    ],
  ],
  [
    'aer-uncorrectable',
    port,
    [
      'pcieport 0000:00:03.1: AER: Uncorrected (Fatal) error message received from 0000:00:03.1',
      'pcieport 0000:00:03.1: AER: Uncorrected (Non-Fatal) error received: id=0019',
      'pcieport 0000:00:03.1: DPC: containment event, status:0x1f01 source:0x0000',
      'pcieport 0000:00:03.1: DPC: containment event, status:0x200d, ERR_FATAL received from 0000:2b:00.0',
    ],
  ],
  [
    'reset-failed',
    gpu,
    [
      'vfio-pci 0000:2b:00.0: not ready 65535ms after bus reset; giving up',
      'vfio-pci 0000:2b:00.0: not ready 65535ms after PM D3hot->D0; giving up',
      'pci 0000:2b:00.0: not ready 60000ms after FLR; giving up',
      'vfio-pci 0000:2b:00.0: not ready 65535ms after power up D3hot->D0uninitialized; giving up',
      'vfio-pci 0000:2b:00.0: Failed to return from FLR',
    ],
  ],
  [
    'reset-failed',
    port,
    [
      'pcieport 0000:00:03.1: not ready 65535ms after bus reset; giving up',
      'pcieport 0000:00:03.1: Data Link Layer Link Active not set in 1000 msec',
      'pcieport 0000:00:03.1: retraining failed',
    ],
  ],
];

describe('a line of the kernel log', () => {
  it.each(accusing.flatMap(([symptom, device, lines]) => lines.map((line) => [symptom, device, line] as const)))(
    'is %s of %s: %s',
    (symptom, device, line) => expect(recogniseKernelLine(line)).toEqual({ symptom, device: addressOf(device) }),
  );

  it('belongs to the domain of the port that an ID came to', () =>
    expect(recogniseKernelLine('pcieport 10000:00:03.1: AER: Uncorrected (Fatal) error received: id=2bfd')).toEqual({
      symptom: 'aer-uncorrectable',
      device: addressOf('10000:2b:1f.5'),
    }));

  it.each([
    'vfio-pci 0000:2b:00.0: enabling device (0000 -> 0003)',
    'vfio-pci 0000:2b:00.0: resetting',
    'vfio-pci 0000:2b:00.0: reset done',
    'vfio-pci 0000:2b:00.0: not ready 1023ms after bus reset; waiting',
    'vfio-pci 0000:2b:00.0: ready 2047ms after bus reset',
    'vfio-pci 0000:2b:00.0: vfio_ecap_init: hiding ecap 0x19@0x900',
    'vfio-pci 0000:2b:00.0: vfio_bar_restore: reset recovery - restoring BARs',
    'pcieport 0000:00:03.1: AER: Corrected error message received from 0000:2b:00.0',
    'pcieport 0000:00:03.1: AER: Multiple Correctable error message received from 0000:2b:00.0',
    'vfio-pci 0000:2b:00.0: PCIe Bus Error: severity=Corrected, type=Physical Layer, (Receiver ID)',
    'vfio-pci 0000:2b:00.0: AER: aer_status: 0x00000040, aer_mask: 0x00002000',
    'pcieport 0000:00:03.1: AER: device recovery successful',
    "snd_hda_intel 0000:2b:00.1: AER: can't recover (no error_detected callback)",
    'AMD-Vi: Completion-Wait loop timed out',
    'AMD-Vi: Event logged [COMMAND_HARDWARE_ERROR address=0x0000000100000000 flags=0x0000]',
    'pci 0000:00:00.2: AMD-Vi: Found IOMMU cap 0x40',
    'DMAR: DRHD: handling fault status reg 3',
    'pci 0000:2b:00.0: Adding to iommu group 26',
    '',
  ])('accuses nobody: %s', (line) => expect(recogniseKernelLine(line)).toBeUndefined());

  it('is known for every line of the catalogue that accuses', () => {
    const known = new Set<string | undefined>(
      accusing.flatMap(([, , lines]) => lines.map((line) => recogniseKernelText(line)?.line.id)),
    );
    expect(accusingLines.filter(({ id }) => !known.has(id))).toEqual([]);
  });
});
