import { describe, expect, it } from 'vitest';
import { addressOf } from '../../test/known-address.ts';
import { recogniseKernelText, recogniseLogLine, splitDevice } from './recognise.ts';

const gpu = addressOf('2b:00.0');
const port = addressOf('00:03.1');
const gaveUp = 'not ready 65535ms after bus reset; giving up';

describe('the device that speaks', () => {
  it.each([
    [`vfio-pci 0000:2b:00.0: ${gaveUp}`, { body: gaveUp, driver: 'vfio-pci', by: '0000:2b:00.0' }],
    [`vfio-pci 2b:00.0: ${gaveUp}`, { body: gaveUp, driver: 'vfio-pci', by: '2b:00.0' }],
    [`pcieport 10000:00:03.1: ${gaveUp}`, { body: gaveUp, driver: 'pcieport', by: '10000:00:03.1' }],
    ['aer 0000:00:1c.0:pcie004: Multiple', { body: 'Multiple', driver: 'aer', by: '0000:00:1c.0' }],
    ['iommu ivhd0: AMD-Vi: Event logged [', { body: 'AMD-Vi: Event logged [' }],
    ['iommu ivhd12: AMD-Vi: Event logged [', { body: 'AMD-Vi: Event logged [' }],
    ['iommu ivhd: AMD-Vi', { body: 'iommu ivhd: AMD-Vi' }],
    ['on iommu ivhd0: AMD-Vi', { body: 'on iommu ivhd0: AMD-Vi' }],
    ['a vfio-pci 0000:2b:00.0: late', { body: 'a vfio-pci 0000:2b:00.0: late' }],
    ['vfio-pci 0000:2b:00.0 without a colon', { body: 'vfio-pci 0000:2b:00.0 without a colon' }],
    ['vfio-pci 0000:2b:00.8: no function', { body: 'vfio-pci 0000:2b:00.8: no function' }],
    [gaveUp, { body: gaveUp }],
    ['', { body: '' }],
  ])('is taken off: %s', (text, split) => expect(splitDevice(text)).toEqual(split));
});

describe('the functions of a line', () => {
  it('are the accused and the one that speaks', () =>
    expect(
      recogniseKernelText(`pcieport ${port}: AER: Uncorrected (Non-Fatal) error message received from ${gpu}`),
    ).toMatchObject({ device: gpu, functions: [gpu, port], driver: 'pcieport' }));

  it('are the accused alone where it speaks itself', () =>
    expect(recogniseKernelText(`vfio-pci ${gpu}: ${gaveUp}`)).toMatchObject({
      device: gpu,
      functions: [gpu],
      driver: 'vfio-pci',
      fields: { waitedMs: '65535', after: 'bus reset' },
    }));

  it('are none where the line names none', () => {
    const found = recogniseKernelText('AMD-Vi: Completion-Wait loop timed out');
    expect(found?.functions).toEqual([]);
    expect(Object.keys(found ?? {}).sort()).toEqual(['fields', 'functions', 'line']);
  });

  it.each([
    ['id=2b00', '0000:2b:00.0'],
    ['id=2bff', '0000:2b:1f.7'],
    ['id=0019', '0000:00:03.1'],
    ['id=a0e8', '0000:a0:1d.0'],
  ])('are those of a requester ID: %s', (id, address) =>
    expect(recogniseKernelText(`pcieport ${port}: AER: Uncorrected (Fatal) error received: ${id}`)?.device).toBe(
      address,
    ),
  );

  it('of a requester ID are in the domain of the port, or in the first where nobody says which', () => {
    const line = 'AER: Uncorrected (Fatal) error received: id=2b00';
    expect(recogniseKernelText(`pcieport 10000:00:03.1: ${line}`)?.device).toBe('10000:2b:00.0');
    expect(recogniseKernelText(line)?.device).toBe('0000:2b:00.0');
  });
});

describe('the program that speaks', () => {
  const said = `vfio 0000:2b:00.0: error getting device from group 26: Input/output error`;
  const device = '-device vfio-pci,host=0000:2b:00.0,id=hostpci0: ';

  it.each([
    `kvm: ${device}${said}`,
    `qemu-system-x86_64: ${device}${said}`,
    `qemu-kvm: ${device}${said}`,
    `2026-11-22T14:07:33.160181Z qemu-system-x86_64: ${device}${said}`,
    `error: internal error: process exited while connecting to monitor: 2026-11-22T14:07:33Z qemu-system-x86_64: ${device}${said}`,
    `Error: internal error: QEMU unexpectedly closed the monitor: kvm: ${said}`,
  ])('stands before what is said, however many there are: %s', (text) => {
    expect(recogniseLogLine(text)).toMatchObject({ line: { program: 'qemu' }, device: gpu });
  });

  it('is heard to the deepest text that the catalogue knows, else to the one before it', () => {
    const exited = recogniseLogLine('start failed: QEMU exited with code 1');
    expect(exited).toBeDefined();
    expect(recogniseLogLine('TASK ERROR: start failed: QEMU exited with code 1')?.line.id).toBe(exited?.line.id);
    expect(recogniseLogLine(`TASK ERROR: start failed: kvm: ${device}${said}`)?.device).toBe(gpu);
  });

  it.each(['ukvm: ', 'my error: ', 'a start failed: '])('is none: %s', (speaker) =>
    expect(recogniseLogLine(`${speaker}PCI device '0000:2b:00.0' already in use by VMID '101'`)).toBeUndefined(),
  );
});
