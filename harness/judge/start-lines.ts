import type { PciAddress } from '../pci/address.ts';

/**
 * True where the line names this function: in full, or as Proxmox quotes a `hostpci` entry, which may be short (`'03:00.0'`)
 * or a whole slot (`'2b:00'`, parse_hostpci in PVE/QemuServer/PCI.pm).
 */
export function namesFunction(line: string, address: PciAddress): boolean {
  const [domain = '', bus = '', slotAndFunction = ''] = address.split(':');
  const slot = `${bus}:${slotAndFunction.split('.')[0] ?? ''}`;
  const full = new RegExp(
    String.raw`(?<![0-9a-f:])${domain}:${bus}:${slotAndFunction.replace('.', String.raw`\.`)}(?!\d)`,
    'i',
  );
  const quoted = [`'${bus}:${slotAndFunction}'`, `'${slot}'`];
  return (
    full.test(line) ||
    `'${domain}:${slot}'` === quotedAddress(line) ||
    (domain === '0000' && quoted.some((text) => line.includes(text)))
  );
}

function quotedAddress(line: string): string | undefined {
  return /'[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}'/.exec(line)?.[0];
}

/** True where the line names any PCI function by its full address. */
export function namesAnyFunction(line: string): boolean {
  return /[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]/i.test(line);
}

/**
 * The line in which QEMU, Proxmox or libvirt gives this function as the reason of a failed start (hw/vfio/pci.c, PVE/QemuServer/PCI.pm,
 * src/util/virpci.c).
 */
export function refusalLine(output: string, address: PciAddress): string | undefined {
  return output
    .split('\n')
    .map((line) => line.trim())
    .find(
      (line) =>
        namesFunction(line, address) && aboutPassthrough.test(line) && !isHarmless(line) && !isNotTheDevice(line),
    );
}

const aboutPassthrough = /\bvfio\b|\bhostpci\d|pci device|pci group|pci header type|not found: could not access/i;

/** Said at good starts as well: a bus reset that is refused because the bus is shared, a reset file that has no method behind it. */
function isHarmless(line: string): boolean {
  return /Cannot reset device|but trying to continue|Performance may be slow|Cannot read device rom/.test(line);
}

/**
 * The function is named, but the fault is in how the host or the VM is set up: another VM or process holds it, its group is not whole,
 * the IOMMU is off, or memory cannot be pinned (hw/vfio/container.c, PVE/QemuServer/PCI.pm; of libvirt src/hypervisor/virhostdev.c: another
 * domain has it, nobody detached it, or a neighbour in use forbids its reset). That is never charged to a device.
 */
function isNotTheDevice(line: string): boolean {
  return /\bin use by\b|already in use|must be manually detached|is not assignable|not doing bus reset|reserved for use|is not viable|resource busy|already attached|no iommu_group|\/dev\/vfio\/|IOMMU models|VFIO_MAP_DMA|vfio_dma_map|memory listener|iommu for container|group container/i.test(
    line,
  );
}
