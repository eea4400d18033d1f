import { BootOutputError } from './errors.ts';

/** What `proxmox-boot-tool kernel list` says. */
export interface KernelList {
  readonly manual: readonly string[];
  readonly automatic: readonly string[];
  readonly pinned: string | null;
  readonly nextBoot: string | null;
}

const sections: ReadonlyMap<string, keyof KernelList> = new Map([
  ['Manually selected kernels:', 'manual'],
  ['Automatically selected kernels:', 'automatic'],
  ['Pinned kernel:', 'pinned'],
  ['Kernel pinned on next-boot:', 'nextBoot'],
]);

/**
 * Reads the sections that list_kernels prints (proxmox-kernel-helper, proxmox-boot/proxmox-boot-tool): `None.` for no manual one,
 * and a pin's section only while there is a pin.
 *
 * @throws BootOutputError
 */
export function parseKernelList(output: string): KernelList {
  const found: Record<keyof KernelList, string[]> = { manual: [], automatic: [], pinned: [], nextBoot: [] };
  let section: keyof KernelList | undefined;
  let seen = 0;
  for (const line of output.split('\n').map((text) => text.trim())) {
    if (line === '' || line === 'None.') continue;
    const heading = sections.get(line);
    if (heading !== undefined) {
      section = heading;
      seen += 1;
    } else if (section === undefined || !/^[0-9]\S*$/.test(line)) {
      throw new BootOutputError('`proxmox-boot-tool kernel list`', `"${line.slice(0, 100)}" is no kernel version`);
    } else {
      found[section].push(line);
    }
  }
  if (seen === 0) throw new BootOutputError('`proxmox-boot-tool kernel list`', 'it has none of the known sections');
  const one = (name: 'pinned' | 'nextBoot'): string | null => {
    if (found[name].length > 1) throw new BootOutputError('`proxmox-boot-tool kernel list`', 'it names two pins');
    return found[name][0] ?? null;
  };
  return { manual: found.manual, automatic: found.automatic, pinned: one('pinned'), nextBoot: one('nextBoot') };
}
