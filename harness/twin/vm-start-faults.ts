import type { PciAddress } from '../pci/address.ts';

/** What a started function's QEMU device is called: `hostpci0.1` for a whole slot, `hostpci1` for one function. */
export interface VfioDevice {
  readonly function: PciAddress;
  readonly argument: string;
  readonly group: number;
}

/** Ways in which a start ends that a test can ask for, with Proxmox's and QEMU's own texts. */
export type StartFault =
  | { readonly kind: 'no-pci-device-info'; readonly function: PciAddress }
  | { readonly kind: 'iommu-not-present' }
  | { readonly kind: 'cannot-bind'; readonly function: PciAddress }
  | { readonly kind: 'in-use'; readonly function: PciAddress; readonly vmid: number }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'text'; readonly text: string };

/** Text on stderr of a start that fails (PVE::QemuServer, PVE::QemuServer::PCI, PVE::SysFSTools). */
export function startFaultText(fault: StartFault): string {
  switch (fault.kind) {
    case 'no-pci-device-info':
      return `no pci device info for device '${fault.function}'`;
    case 'iommu-not-present':
      return 'cannot prepare PCI pass-through, IOMMU not present';
    case 'cannot-bind':
      return `Cannot bind ${fault.function} to vfio`;
    case 'in-use':
      return `PCI device '${fault.function}' already in use by VMID '${fault.vmid}'`;
    case 'timeout':
      return "start failed: command '/usr/bin/kvm -id 100 -name passthrough' failed: got timeout";
    case 'text':
      return fault.text;
  }
}

/** QEMU cannot open a function that nobody answers for (hw/vfio/container.c, vfio_get_device). */
export function deadFunctionText(device: VfioDevice): string {
  return (
    `kvm: -device ${device.argument}: vfio ${device.function}: error getting device from group ${device.group}: Input/output error\n` +
    `Verify all devices in group ${device.group} are bound to vfio-<bus> or pci-stub and not already in use\n`
  );
}

/** QEMU opens a function behind a port without bus numbers, but no interrupt can be set up (hw/vfio/pci.c). */
export function cutOffFunctionText(device: VfioDevice): string {
  const reason =
    'Failed to set up TRIGGER eventfd signaling for interrupt INTX-0: VFIO_DEVICE_SET_IRQS failure: No such device';
  return `kvm: -device ${device.argument}: vfio ${device.function}: ${reason}\n`;
}
