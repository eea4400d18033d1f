import type { PciAddress } from '../pci/address.ts';

/** One `hostpciN` value of a Proxmox VM configuration, e.g. `2b:00,pcie=1`. */
export interface HostpciLine {
  /** As written. */
  readonly line: string;
  /**
   * With the domain: `0000:2b:00`. Proxmox matches them as prefixes of addresses (`lspci` in pve-common's SysFSTools.pm), so that
   * a slot without a function stands for all its functions. More than one only where the line lists them with `;`.
   */
  readonly prefixes: readonly string[];
  /** `pcie`, `rombar`, `x-vga`, ... with their values as written. */
  readonly options: ReadonlyMap<string, string>;
}

// $PCIRE and $hostpci_fmt in qemu-server's PVE/QemuServer/PCI.pm; lower case only, as there.
const prefixShape = /^(?:([0-9a-f]{4,}):)?([0-9a-f]{2}:[0-9a-f]{2}(?:\.[0-9a-f])?)$/;
const optionShape = /^([a-z][a-z-]*)=(.+)$/;

/**
 * Reads the value of a `hostpciN` line (format `pve-qm-hostpci` in qemu-server's PVE/QemuServer/PCI.pm). Options are not checked
 * against a list: Proxmox adds some with each release.
 *
 * @returns the reason, as text for a person, where the line is not one that names its functions.
 */
export function parseHostpci(line: string): HostpciLine | { readonly reason: string } {
  const options = new Map<string, string>();
  let host: string | undefined;
  for (const [index, part] of line.split(',').entries()) {
    const option = optionShape.exec(part);
    const [, key, value] = option ?? (index === 0 ? [part, 'host', part] : []);
    if (key === undefined || value === undefined) return { reason: `"${part}" is not of the form option=value` };
    if (options.has(key) || (key === 'host' && host !== undefined)) return { reason: `"${key}" is given twice` };
    if (key === 'host') host = value;
    else options.set(key, value);
  }
  if (options.has('mapping')) {
    return { reason: 'a mapping hides which functions the VM gets: write the address that it stands for' };
  }
  if (host === undefined) return { reason: 'no address: begin with one, as in "2b:00,pcie=1"' };
  const prefixes: string[] = [];
  for (const text of host.split(';')) {
    const match = prefixShape.exec(text);
    if (match === null) {
      return { reason: `"${text}" is no address: write it as lspci does, in lower case, as in "2b:00" or "2c:00.3"` };
    }
    prefixes.push(`${match[1] ?? '0000'}:${String(match[2])}`);
  }
  return { line, prefixes, options };
}

/** Whether Proxmox would hand the function to the VM for this line. */
export function hostpciCovers(line: HostpciLine, address: PciAddress): boolean {
  return line.prefixes.some((prefix) => address.startsWith(prefix));
}
