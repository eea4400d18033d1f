import { describe, expect, it } from 'vitest';
import { causesOf, triageOf } from '../fixtures/triage-of.ts';

const gpu = '0000:2b:00.0';
const zenPort =
  '00:03.1 PCI bridge [0604]: AMD GPP Bridge [1022:1453]\n\tBus: primary=00, secondary=2b, subordinate=2b, sec-latency=0';
const lostPort = zenPort.replace('secondary=2b, subordinate=2b', 'secondary=00, subordinate=00');
const intelPort = zenPort.replace('1022:1453', '8086:1901');
const gaveUp = `[  944.5] vfio-pci ${gpu}: not ready 65535ms after bus reset; giving up`;
const dead =
  '2b:00.0 VGA compatible controller [0300]: NVIDIA GP107 [10de:1c82] (rev ff)\n\t!!! Unknown header type 7f';
const held =
  '2b:00.0 VGA compatible controller [0300]: NVIDIA GP107 [10de:1c82]\n\tKernel driver in use: vfio-pci\n2b:00.1 SATA controller [0106]: x [1022:43c8]\n\tKernel driver in use: ahci';
const groups = '/sys/kernel/iommu_groups/15/devices/0000:2b:00.0\n/sys/kernel/iommu_groups/15/devices/0000:2b:00.1';

describe('the cause of a dead function', () => {
  it.each([
    [
      'its port is known, it gave up and reads as all ones',
      [zenPort, dead, gaveUp],
      `bridge-config-lost likely ${gpu}`,
    ],
    ['its port lost its bus numbers', [lostPort, dead, gaveUp], `bridge-config-lost certain ${gpu}`],
    ['only the give-up was sent', [zenPort, gaveUp], `bridge-config-lost possible ${gpu}`],
    [
      'libvirt saw header type 127',
      [zenPort, `error: internal error: Unknown PCI header type '127' for device '${gpu}'`],
      `bridge-config-lost possible ${gpu}`,
    ],
    [
      'only the board tells of such ports',
      [
        '[    0.0] DMI: Gigabyte Technology Co., Ltd. To be filled by O.E.M./AX370-Gaming 5, BIOS F40 05/16/2019',
        gaveUp,
      ],
      `bridge-config-lost possible ${gpu}`,
    ],
    [
      'the board is of another time',
      ['[    0.0] DMI: ASUS/PRIME Z390-A, BIOS 2004 11/02/2021', gaveUp],
      `function-dead possible ${gpu}`,
    ],
    ['its port is no such port', [intelPort, dead, gaveUp], `function-dead possible ${gpu}`],
    ['nothing else is known', [gaveUp], `function-dead possible ${gpu}`],
    ['it is a Polaris', [zenPort, dead.replace('10de:1c82', '1002:67df'), gaveUp], `amd-gpu-reset-bug likely ${gpu}`],
    // https://github.com/gnif/vendor-reset/issues/81
    [
      'vendor-reset names it and could not reset it',
      ['[ 70.0] vfio-pci 0000:0b:00.0: AMD_VEGA10: failed to reset device'],
      'amd-gpu-reset-bug likely 0000:0b:00.0',
    ],
    [
      'it has an FLR that hangs',
      [
        '2c:00.3 USB controller [0c03]: AMD Matisse USB [1022:149c]',
        '[ 70.0] vfio-pci 0000:2c:00.3: not ready 65535ms after FLR; giving up',
      ],
      'broken-flr certain 0000:2c:00.3',
    ],
    [
      'it did not wake',
      [`[ 87.4] vfio-pci ${gpu}: Unable to change power state from D3cold to D0, device inaccessible`],
      `stuck-in-d3 likely ${gpu}`,
    ],
    ['QEMU alone tells of it', ['kvm: vfio: Unable to power on device, stuck in D3'], 'stuck-in-d3 possible'],
  ])('where %s', (_, texts, cause) => expect(causesOf(texts.join('\n'))).toContain(cause));

  it('is one for a GPU and its audio', () => {
    const audio = dead.replace('2b:00.0 VGA compatible controller [0300]', '2b:00.1 Audio device [0403]');
    expect(causesOf([zenPort, dead, audio, gaveUp].join('\n'))).toEqual([
      `bridge-config-lost likely ${gpu} 0000:2b:00.1`,
    ]);
  });

  it('is a storm of restored BARs, but not a few of them', () => {
    const restore = `[  9.0] vfio-pci ${gpu}: vfio_bar_restore: reset recovery - restoring BARs\n`;
    expect(causesOf(restore.repeat(39))).toEqual([]);
    expect(causesOf(restore.repeat(40))).toEqual([`function-dead possible ${gpu}`]);
  });

  it('names the lines that it rests on', () => {
    const [machine] = triageOf([zenPort, dead, gaveUp].join('\n')).machines;
    expect(machine?.causes[0]?.evidence.map(({ line }) => line)).toEqual([5, 3]);
  });
});

describe('the cause in the groups', () => {
  it.each([
    ['a group is shared', [held, groups], `group-shared likely ${gpu}`],
    [
      'QEMU refused it',
      [held, groups, `kvm: -device vfio-pci,host=${gpu}: vfio ${gpu}: group 15 is not viable`],
      `group-shared certain ${gpu}`,
    ],
    [
      'QEMU refused it and the groups were not sent',
      [`kvm: -device vfio-pci,host=${gpu}: vfio ${gpu}: group 15 is not viable`],
      `group-shared certain ${gpu}`,
    ],
    [
      'the firmware keeps the device',
      [
        `[ 1.0] vfio-pci ${gpu}: Device is ineligible for IOMMU domain attach due to platform RMRR requirement.  Contact your platform vendor.`,
      ],
      `reserved-by-firmware certain ${gpu}`,
    ],
  ])('where %s', (_, texts, cause) => expect(causesOf(texts.join('\n'))).toEqual([cause]));

  it('is a kernel without the patch, where its whole log says nothing of the override that was asked for', () => {
    const log = [
      '[    0.0] Linux version 6.12.0 (x@y)',
      '[    0.0] Command line: ro pcie_acs_override=downstream',
      ...Array.from({ length: 80 }, (_, index) => `[    1.${index}] usb: line ${index}`),
    ];
    expect(causesOf(log.join('\n'))).toEqual(['override-unknown-to-kernel likely']);
  });
});

describe('the cause in the host', () => {
  it.each([
    ['TASK ERROR: cannot prepare PCI pass-through, IOMMU not present', 'iommu-off likely'],
    [
      'vfio_iommu_type1_attach_group: No interrupt remapping support.  Use the module param "allow_unsafe_interrupts"',
      'no-interrupt-remapping certain',
    ],
    // https://github.com/gnif/vendor-reset/issues/81
    [
      'Jun 15 11:58:56   kernel: iommu ivhd0: AMD-Vi: Event logged [IOTLB_INV_TIMEOUT device=0000:0b:00.0 address=0x100215ba0]\nJun 15 11:58:56   kernel: AMD-Vi: Completion-Wait loop timed out',
      'iommu-stalled certain 0000:0b:00.0',
    ],
    [
      `[  363.1] INFO: task CPU 0/KVM:4242 blocked for more than 120 seconds.\n[  300.0] vfio-pci ${gpu}: not ready 32767ms after bus reset; waiting`,
      `host-wedged likely ${gpu}`,
    ],
    ['[  363.1] INFO: task jbd2/sda1-8:321 blocked for more than 120 seconds.', 'host-wedged possible'],
  ])('%s', (text, cause) => expect(causesOf(text)).toContain(cause));
});

describe('the cause in the use', () => {
  it.each([
    [
      `kvm: -device vfio-pci,host=${gpu}: vfio ${gpu}: failed to open /dev/vfio/16: Device or resource busy`,
      `function-held certain ${gpu}`,
    ],
    [
      `[ 9.0] vfio-pci ${gpu}: BAR 1: can't reserve [mem 0xc0000000-0xcfffffff 64bit pref]`,
      `framebuffer-holds-bar likely ${gpu}`,
    ],
    ["TASK ERROR: no pci device info for device '0000:00:02.1'", 'function-missing possible 0000:00:02.1'],
    [
      `kvm: -device vfio-pci,host=${gpu}: vfio ${gpu}: error getting device from group 146: Input/output error`,
      `open-failed possible ${gpu}`,
    ],
    [
      `[ 9.0] vfio-pci ${gpu}: AMD-Vi: Event logged [IO_PAGE_FAULT domain=0x000e address=0xfd3c0000 flags=0x0020]`,
      `stray-dma possible ${gpu}`,
    ],
    [
      `[ 9.0] pcieport 0000:00:03.1: AER: Corrected error message received from ${gpu}\n`.repeat(100),
      `link-errors possible ${gpu}`,
    ],
    ['kvm: VFIO_MAP_DMA failed: Cannot allocate memory', 'memory-limit likely'],
  ])('$1', (text, cause) => expect(causesOf(text)).toEqual([cause]));
});

it.each([
  [
    'a healthy start of a VM',
    `[ 744.1] vfio-pci ${gpu}: enabling device (0000 -> 0003)\n[ 744.2] vfio-pci ${gpu}: resetting\n[ 744.3] vfio-pci ${gpu}: reset done\nTASK OK`,
  ],
  [
    'a function that came back late',
    `[ 744.1] vfio-pci ${gpu}: not ready 1023ms after bus reset; waiting\n[ 745.1] vfio-pci ${gpu}: ready 2047ms after bus reset`,
  ],
  [
    'a bus reset that was refused',
    'kvm: vfio: Cannot reset device 0000:2c:00.3, depends on group 19 which is not owned.',
  ],
  ['a few corrected errors', `[ 9.0] pcieport 0000:00:03.1: AER: Corrected error message received from ${gpu}`],
])('no cause is named for %s', (_, text) => expect(causesOf(text)).toEqual([]));
