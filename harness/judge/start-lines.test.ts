import { describe, expect, it } from 'vitest';
import { addressOf } from '../test/known-address.ts';
import { chipsetUsb, gpu, gpuAudio, usb } from '../test/judged-journal.ts';
import { namesAnyFunction, namesFunction, refusalLine } from './start-lines.ts';

describe('a line that names a function', () => {
  it.each([
    ["no pci device info for device '0000:2b:00.0'", true],
    ["no PCI device found for '2b:00'", true],
    ["no PCI device found for '0000:2b:00'", true],
    ["no PCI device found for '2b:00.0'", true],
    ["no PCI device found for '2b:00.1'", false],
    ["no PCI device found for '2c:00'", false],
    ['kvm: vfio 0000:2b:00.0: error getting device', true],
    ['kvm: vfio 0000:2B:00.0: error getting device', true],
    ['kvm: vfio 0000:2b:00.1: error getting device', false],
    ['kvm: vfio 10000:2b:00.0: error getting device', false],
    ['vfio: Unable to power on device, stuck in D3', false],
  ])('%s: %s', (line, names) => expect(namesFunction(line, gpu)).toBe(names));

  it('does not take a function of another PCI domain for one of domain 0000', () => {
    const vmd = addressOf('10000:2b:00.0');
    expect(namesFunction("no PCI device found for '2b:00'", vmd)).toBe(false);
    expect(namesFunction('vfio 10000:2b:00.0: error', vmd)).toBe(true);
  });
});

it.each([
  ['vfio 0000:2b:00.0: stuck in D3', true],
  ['vfio 0000:AF:1F.7: stuck in D3', true],
  ["no PCI device found for '2b:00'", false],
  ['vfio 0000:2b:00.8: stuck in D3', false],
  ['at 12:34:56.7', false],
  ['vfio: Unable to power on device, stuck in D3', false],
])('%s: names any function: %s', (line, names) => expect(namesAnyFunction(line)).toBe(names));

describe('the reason of a failed start', () => {
  const qemu = (text: string): string => `kvm: -device vfio-pci,host=0000:2b:00.0,id=hostpci0.0: ${text}`;

  it.each([
    qemu('vfio 0000:2b:00.0: error getting device from group 26: Input/output error'),
    qemu('vfio 0000:2b:00.0: Failed to set up TRIGGER eventfd signaling for interrupt INTX-0: No such device'),
    qemu('vfio 0000:2b:00.0: no such host device'),
    "no PCI device found for '2b:00'",
    "TASK ERROR: no pci device info for device '0000:2b:00.0'",
    "TASK ERROR: can't unbind/bind PCI group to VFIO '0000:2b:00.0'",
    'Cannot bind 0000:2b:00.0 to vfio',
    // libvirt 9.0.0, of a function that was dead (setpci), removed, or has no reset.
    "error: internal error: Unknown PCI header type '127' for device '0000:2b:00.0'",
    'error: Device 0000:2b:00.0 not found: could not access /sys/bus/pci/devices/0000:2b:00.0/config: No such file or directory',
    'error: internal error: process exited while connecting to monitor: 2026-11-22T14:07:33.160181Z qemu-system-x86_64: -device {"driver":"vfio-pci","host":"0000:2b:00.0","id":"hostdev2","bus":"pci.2","addr":"0x0"}: vfio /sys/bus/pci/devices/0000:2b:00.0: no such host device: No such file or directory',
    'error: internal error: Unable to reset PCI device 0000:2b:00.0: no FLR, PM reset or bus reset available',
  ])('is the function in: %s', (line) =>
    expect(refusalLine(`starting\n${line}\nstart failed: QEMU exited with code 1`, gpu)).toBe(line),
  );

  it.each([
    'kvm: vfio: Cannot reset device 0000:2b:00.0, depends on group 12 which is not owned.',
    'kvm: vfio: Cannot reset device 0000:2b:00.0, no available reset mechanism.',
    "failed to reset PCI device '0000:2b:00.0', but trying to continue as not all devices need a reset",
    "error writing '1' to '/sys/bus/pci/devices/0000:2b:00.0/reset': Inappropriate ioctl for device",
    'kvm: vfio-pci: Cannot read device rom at 0000:2b:00.0',
    'kvm: Failed to mmap 0000:2b:00.0 BAR 1. Performance may be slow: vfio',
  ])('is not the function in what good starts say as well: %s', (line) =>
    expect(refusalLine(line, gpu)).toBeUndefined(),
  );

  it.each([
    "PCI device '0000:2b:00.0' already in use by VMID '101'",
    "PCI device '0000:2b:00.0' is currently reserved for use by VMID '101'",
    qemu('vfio 0000:2b:00.0: group 12 is not viable'),
    qemu('vfio 0000:2b:00.0: failed to open /dev/vfio/12: Device or resource busy'),
    qemu('vfio 0000:2b:00.0: device is already attached'),
    qemu('vfio 0000:2b:00.0: no iommu_group found: No such file or directory'),
    qemu('VFIO_MAP_DMA failed: Cannot allocate memory'),
    qemu('vfio 0000:2b:00.0: failed to setup container for group 12: memory listener initialization failed'),
    qemu('vfio 0000:2b:00.0: No available IOMMU models'),
    'error: Requested operation is not valid: PCI device 0000:2b:00.0 is in use by driver QEMU, domain vm102',
    'error: Requested operation is not valid: Unmanaged PCI device 0000:2b:00.0 must be manually detached from the host',
    'error: internal error: Unable to reset PCI device 0000:2b:00.0: internal error: Active 0000:2b:00.1 devices on bus with 0000:2b:00.0, not doing bus reset',
  ])('is how the host is set up, not the function, in: %s', (line) => expect(refusalLine(line, gpu)).toBeUndefined());

  it('is the line without what it is padded with', () =>
    expect(refusalLine("  no PCI device found for '2b:00'\r\n", gpu)).toBe("no PCI device found for '2b:00'"));

  it('is a line of hostpci as well as of vfio', () =>
    expect(refusalLine("hostpci0: cannot use '0000:2b:00.0'", gpu)).toBeDefined());

  it('is no line of something else that names it', () =>
    expect(refusalLine('audit: 0000:2b:00.0 was seen', gpu)).toBeUndefined());

  it('is the line that accuses, not the first that names', () => {
    const output = [
      'kvm: vfio: Cannot reset device 0000:2b:00.0, no available reset mechanism.',
      qemu('vfio 0000:2b:00.0: error getting device from group 26: Input/output error'),
    ];
    expect(refusalLine(output.join('\n'), gpu)).toBe(output[1]);
  });

  it('is a slot that is gone, for every function in it and no other', () => {
    const named = [gpu, gpuAudio, usb, chipsetUsb].filter(
      (address) => refusalLine("no PCI device found for '2b:00'", address) !== undefined,
    );
    expect(named).toEqual([gpu, gpuAudio]);
  });
});
