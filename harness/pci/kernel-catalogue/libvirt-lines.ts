import { comparePort, findFunction, switchIommuOn } from './advice.ts';
import { functionPattern as bdf, type LogLine } from './log-line.ts';

/** src/util/virpci.c was read in 9.0. */
const read = ['9.0', '9.0'] as const;

/** libvirt: virsh, virt-manager, journal of its daemon. */
export const libvirtLines = [
  {
    id: 'libvirt-header-dead',
    program: 'libvirt',
    begins: ["Unknown PCI header type '"],
    pattern: new RegExp(String.raw`^Unknown PCI header type '(?<headerType>\d+)'(?: for device '(?<source>${bdf})')?`),
    seen: read,
    source: 'libvirt: src/util/virpci.c (virPCIGetHeaderType)',
    level: 'err',
    class: 'device-gone',
    meaning: 'The function answers with all ones (127 is 7f) before QEMU is even started.',
    action: comparePort,
  },
  {
    id: 'libvirt-reset-failed',
    program: 'libvirt',
    begins: ['Unable to reset PCI device '],
    pattern: new RegExp(String.raw`^Unable to reset PCI device (?<source>${bdf}): (?<why>.*)`),
    seen: read,
    source: 'libvirt: src/util/virpci.c (virPCIDeviceReset)',
    level: 'err',
    class: 'reset-failed',
    meaning: 'libvirt would not reset the function, because it has no method or others share its bus.',
    action: 'Bind it to vfio-pci beforehand: then libvirt leaves the reset to QEMU.',
  },
  {
    id: 'libvirt-bus-shared',
    program: 'libvirt',
    begins: ['Active '],
    pattern: new RegExp(String.raw`^Active (?<source>${bdf}) devices on bus with (?<with>${bdf}), not doing bus reset`),
    seen: read,
    source: 'libvirt: src/util/virpci.c (virPCIDeviceTrySecondaryBusReset)',
    level: 'err',
    class: 'benign',
    expected: 'another function on the bus is in use, so the bus may not be reset',
    meaning: 'A bus reset was refused because it would have hit another function.',
  },
  {
    id: 'libvirt-function-taken',
    program: 'libvirt',
    begins: ['PCI device '],
    pattern: new RegExp(
      String.raw`^PCI device (?<source>${bdf}) is (?:already )?in use by (?:driver \w+, )?domain (?<vm>\S+)`,
    ),
    seen: read,
    source: 'libvirt: src/hypervisor/virhostdev.c',
    level: 'err',
    class: 'config',
    meaning: 'Another VM has the function.',
    action: 'Stop that VM.',
  },
  {
    id: 'libvirt-function-missing',
    program: 'libvirt',
    begins: ['Device '],
    pattern: new RegExp(String.raw`^Device (?<source>${bdf}) not found: could not access`),
    seen: read,
    source: 'libvirt: src/util/virpci.c (virPCIDeviceNew)',
    level: 'err',
    class: 'device-gone',
    meaning: 'The VM is to get a function that is not in the system.',
    action: findFunction,
  },
  {
    id: 'libvirt-no-iommu',
    program: 'libvirt',
    begins: ["host doesn't support passthrough"],
    pattern: /^host doesn't support passthrough of host PCI devices/,
    seen: read,
    source: 'libvirt: src/qemu/qemu_hostdev.c (qemuHostdevPreparePCIDevicesCheckSupport)',
    level: 'err',
    class: 'config',
    meaning: 'The host has no IOMMU that is switched on, or vfio is not loaded.',
    action: switchIommuOn,
  },
] as const satisfies readonly LogLine[];
