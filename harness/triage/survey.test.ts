import { describe, expect, it } from 'vitest';
import { triageOf } from './fixtures/triage-of.ts';

function machineOf(text: string, ...more: readonly string[]) {
  const [machine] = triageOf(text, ...more).machines;
  if (machine === undefined) throw new Error('no machine was found');
  return machine;
}

const boot = [
  '[    0.000000] Linux version 6.8.4-3-pve (build@proxmox) (gcc (Debian 12.2.0-14) 12.2.0)',
  '[    0.000000] Command line: BOOT_IMAGE=/boot/vmlinuz-6.8.4-3-pve root=/dev/mapper/pve-root ro quiet pcie_acs_override=downstream,multifunction',
  '[    0.000000] Warning: PCIe ACS overrides enabled; This may allow non-IOMMU protected peer-to-peer DMA',
  '[    0.000000] DMI: ASUS System Product Name/ROG STRIX X470-F GAMING, BIOS 5861 08/10/2021',
].join('\n');

describe('a boot', () => {
  it('gives board, BIOS, kernel and the state of the override', () => {
    const { board, boots } = machineOf(boot);
    expect(board).toBe('ASUS System Product Name/ROG STRIX X470-F GAMING');
    expect(boots).toMatchObject([
      {
        kernel: '6.8.4-3-pve',
        bios: '5861',
        biosDate: '08/10/2021',
        override: { state: 'on', value: 'downstream,multifunction' },
      },
    ]);
  });

  // https://github.com/BNieuwenhuizen/zenbook-s16/issues/16
  it('of a journal whose host was cut out', () =>
    expect(
      machineOf(
        'Mar 19 12:10:17 kernel: DMI: ASUSTeK COMPUTER INC. ASUS Zenbook S 16 UM5606WA_UM5606WA/UM5606WA, BIOS UM5606WA.316 01/07/2025\nMar 19 12:10:17 kernel: DMI: Memory slots populated: 4/4',
      ),
    ).toMatchObject({
      board: 'ASUSTeK COMPUTER INC. ASUS Zenbook S 16 UM5606WA_UM5606WA/UM5606WA',
      boots: [{ bios: 'UM5606WA.316' }],
    }));

  it('of another kernel is told apart', () =>
    expect(machineOf(`${boot}\n${boot.replaceAll('6.8.4-3', '6.5.1-1')}`).boots.map(({ kernel }) => kernel)).toEqual([
      '6.8.4-3-pve',
      '6.5.1-1-pve',
    ]));

  it('of another board belongs to another machine, with what follows', () => {
    const other = boot.replace('ROG STRIX X470-F GAMING, BIOS 5861', 'PRIME B450M-A, BIOS 2006');
    const fault = '[   10.000000] vfio-pci 0000:0a:00.0: not ready 65535ms after FLR; giving up';
    const { machines } = triageOf(boot, `${other}\n${fault}`);
    expect(machines.map(({ board, faults }) => [board, faults.length])).toEqual([
      ['ASUS System Product Name/ROG STRIX X470-F GAMING', 0],
      ['ASUS System Product Name/PRIME B450M-A', 1],
    ]);
    expect(machines.map(({ boots }) => boots.length)).toEqual([1, 1]);
  });

  it('is known from uname and pveversion too', () => {
    expect(machineOf('Linux pve 6.8.4-3-pve #1 SMP PREEMPT_DYNAMIC PMX 6.8.4-3 x86_64 GNU/Linux').boots).toMatchObject([
      { kernel: '6.8.4-3-pve' },
    ]);
    expect(machineOf('pve-manager/8.2.2/9355359cd7afbae4 (running kernel: 6.8.4-3-pve)').boots).toMatchObject([
      { kernel: '6.8.4-3-pve' },
    ]);
  });
});

describe('the override', () => {
  const filler = Array.from({ length: 80 }, (_, index) => `[    1.${index}] usb 1-${index}: new device`).join('\n');
  const asked = boot.replace(/.*Warning.*\n/, '');
  it.each([
    ['on', boot],
    ['asked', asked],
    ['contradictory', `${asked}\n${filler}`],
    ['contradictory', boot.replace(' pcie_acs_override=downstream,multifunction', '')],
    ['off', asked.replace(' pcie_acs_override=downstream,multifunction', '')],
    ['off', asked.replace('pcie_acs', 'pci_acs')],
    ['unknown', '[    1.0] DMI: ASUS/ROG, BIOS 5861 08/10/2021'],
  ])('is %s', (state, text) => expect(machineOf(text).boots.at(-1)?.override.state).toBe(state));
});

describe('IOMMU groups', () => {
  it.each([
    ['find', '/sys/kernel/iommu_groups/15/devices/0000:03:00.0\n/sys/kernel/iommu_groups/15/devices/0000:03:00.1'],
    [
      'find, within a table',
      '* `/sys/kernel/iommu_groups/15/devices/0000:03:00.0`\n* `/sys/kernel/iommu_groups/15/devices/0000:03:00.1`',
    ],
    [
      'the loop of the Arch wiki',
      'IOMMU Group 15:\n\t03:00.0 USB controller [0c03]: AMD x [1022:43d0] (rev 01)\n\t03:00.1 SATA controller [0106]: AMD y [1022:43c8]',
    ],
    [
      'the loop on one line',
      'IOMMU Group 15 03:00.0 USB controller [0c03]: AMD x [1022:43d0]\nIOMMU Group 15 03:00.1 SATA controller [0106]: AMD y [1022:43c8]',
    ],
    [
      'a kernel of 4.15',
      '[    0.7] iommu: Adding device 0000:03:00.0 to group 15\n[    0.7] iommu: Adding device 0000:03:00.1 to group 15',
    ],
    [
      'a kernel of 6.x',
      '[    0.7] pci 0000:03:00.0: Adding to iommu group 15\n[    0.7] pci 0000:03:00.1: Adding to iommu group 15',
    ],
    [
      'lspci -vv',
      '03:00.0 USB controller [0c03]: AMD x [1022:43d0]\n\tIOMMU group: 15\n03:00.1 SATA controller [0106]: AMD y [1022:43c8]\n\tIOMMU group: 15',
    ],
    [
      'lspci -v',
      '03:00.0 USB controller: AMD x\n\tFlags: bus master, fast devsel, latency 0, IRQ 84, IOMMU group 15\n\n03:00.1 SATA controller: AMD y\n\tFlags: fast devsel, IOMMU group 15',
    ],
  ])('of %s', (_, text) =>
    expect(machineOf(text).groups).toEqual([
      {
        group: 15,
        members: [
          { address: '0000:03:00.0', owner: 'other' },
          { address: '0000:03:00.1', owner: 'other' },
        ],
        shared: false,
      },
    ]),
  );

  it('of the last boot are shown, after a function was taken out and came back', () => {
    const text = [
      boot,
      '[ 0.7] pci 0000:03:00.0: Adding to iommu group 15',
      '[ 9.1] pci 0000:03:00.0: Removing from iommu group 15',
      '[ 9.2] pci 0000:03:00.0: Adding to iommu group 31',
    ];
    expect(machineOf(text.join('\n')).groups.map(({ group }) => group)).toEqual([31]);
  });

  it.each([
    ['words', '/usr/bin/kvm -id 100 -device vfio-pci,id=h0,host=0000:03:00.0,bus=x'],
    // https://github.com/harvester/harvester/issues/7430
    ['JSON', '-device \'{"driver":"vfio-pci","host":"0000:03:00.0","id":"hostdev0"}\''],
    ['quoted JSON', 'Message=\'-device {\\"driver\\":\\"vfio-pci\\",\\"id\\":\\"x\\",\\"host\\":\\"0000:03:00.0\\"}'],
  ])('know what QEMU is handed over in %s', (_, line) =>
    expect(machineOf(line).functions).toMatchObject([{ address: '0000:03:00.0', passedThrough: true }]),
  );

  it('are shared where a VM gets a part and the host has the rest', () => {
    const groups =
      '/sys/kernel/iommu_groups/15/devices/0000:03:00.0\n/sys/kernel/iommu_groups/15/devices/0000:03:00.1\n';
    expect(machineOf(`${groups}hostpci3: 03:00.0,pcie=1`).groups).toMatchObject([{ shared: true }]);
    expect(machineOf(`${groups}hostpci3: 03:00,pcie=1`).groups).toMatchObject([{ shared: false }]);
  });
});

describe('lspci', () => {
  it.each([
    [
      '-nn',
      '2b:00.0 VGA compatible controller [0300]: NVIDIA Corporation GP107 [GeForce GTX 1050 Ti] [10de:1c82] (rev a1)',
      '10de:1c82',
      '0300',
    ],
    [
      '-nn -D',
      '0000:2b:00.0 VGA compatible controller [0300]: NVIDIA Corporation GP107 [10de:1c82] (rev a1)',
      '10de:1c82',
      '0300',
    ],
    ['-n', '2b:00.0 0300: 10de:1c82 (rev a1)', '10de:1c82', '0300'],
    ['', '2b:00.0 VGA compatible controller: NVIDIA Corporation GP107 (rev a1)', null, null],
    [
      '-nn, wrapped',
      '2b:00.0 VGA compatible controller [0300]: NVIDIA Corporation GP107 [GeForce\nGTX 1050 Ti] [10de:1c82] (rev a1)',
      '10de:1c82',
      '0300',
    ],
  ])('%s', (_, text, id, classCode) =>
    expect(machineOf(text).functions).toMatchObject([{ address: '0000:2b:00.0', id, class: classCode, dead: null }]),
  );

  it.each([
    '2b:00.0 VGA compatible controller [0300]: NVIDIA Corporation GP107 [10de:1c82] (rev ff)',
    '2b:00.0 VGA compatible controller: NVIDIA Corporation GP107 (rev a1)\n\t!!! Unknown header type 7f',
  ])('shows a dead function: %s', (text) =>
    expect(machineOf(text).functions[0]?.dead).toMatchObject({ source: 'text-1' }),
  );
});

describe('a line that was broken in two', () => {
  it.each([
    ['between words', '[  944.5] vfio-pci 0000:2b:00.0: not ready 65535ms after bus\nreset; giving up'],
    ['within a word', '[  944.5] vfio-pci 0000:2b:00.0: not ready 65535ms after bus reset; giv\ning up'],
    ['and quoted', '> > [  944.5] vfio-pci 0000:2b:00.0: not ready 65535ms after bus\r\n> > reset; giving up\r'],
    ['without a time', 'vfio-pci 0000:2b:00.0: not ready 65535ms after bus\nreset; giving up'],
  ])('%s is read', (_, text) =>
    expect(machineOf(text).faults).toMatchObject([{ id: 'reset-gave-up', first: { line: 1 } }]),
  );

  it('does not swallow the next one', () =>
    expect(
      machineOf(
        '[  1.0] vfio-pci 0000:2b:00.0: something\n[  2.0] vfio-pci 0000:2b:00.0: Refused to change power state, currently in D3',
      ).faults,
    ).toMatchObject([{ id: 'power-state-stuck', first: { line: 2 } }]));
});

it.each([
  ['an HTML page', 'vfio-pci 0000:2c:00.3: not ready 65535ms after PM D3hot-&gt;D0; giving up'],
  [
    'a terminal with colours',
    '\x1b[32m[  1.0] \x1b[0m\x1b[33mvfio-pci 0000:2c:00.3: \x1b[0mnot ready 65535ms after PM D3hot->D0; giving up',
  ],
  ['a sentence with code', '`[  1.0] vfio-pci 0000:2c:00.3: not ready 65535ms after PM D3hot->D0; giving up`'],
  ['a block of code', '    [  1.0] vfio-pci 0000:2c:00.3: not ready 65535ms after PM D3hot->D0; giving up'],
])('reads a line out of %s', (_, text) =>
  expect(machineOf(text).faults).toMatchObject([{ id: 'reset-gave-up', device: '0000:2c:00.3' }]),
);

describe('faults', () => {
  it('of a storm are one, with a count and both ends', () => {
    const storm = Array.from(
      { length: 500 },
      (_, index) => `[  9.${index}] vfio-pci 0000:2b:00.0: vfio_bar_restore: reset recovery - restoring BARs`,
    );
    expect(machineOf(storm.join('\n')).faults).toMatchObject([
      { id: 'vfio-bar-restore', count: 500, first: { line: 1 }, last: { line: 500, time: { text: '9.499' } } },
    ]);
  });

  it('stand in time order, however the journal was printed', () => {
    const lines = [
      'Nov 22 11:50:10 pve kernel: vfio-pci 0000:2b:00.0: not ready 65535ms after bus reset; giving up',
      'Nov 22 11:49:01 pve kernel: vfio-pci 0000:2b:00.0: Refused to change power state, currently in D3',
    ];
    expect(machineOf(lines.join('\n')).faults.map(({ id }) => id)).toEqual(['power-state-stuck', 'reset-gave-up']);
  });

  it('and expected noise are told apart, with the reason', () => {
    const { faults, expectedNoise } = machineOf(
      'kvm: vfio: Cannot reset device 0000:2c:00.3, depends on group 19 which is not owned.',
    );
    expect(faults).toEqual([]);
    expect(expectedNoise).toMatchObject([
      { device: '0000:2c:00.3', expected: expect.stringContaining('splits groups, never a bus') as string },
    ]);
  });
});
