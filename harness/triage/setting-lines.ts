import { functionPattern } from '../pci/kernel-catalogue/log-line.ts';

/** What people paste besides logs: the output of a command, a line of a configuration. */
export type SettingLine =
  | { readonly kind: 'group'; readonly group: number; readonly function?: string; readonly rest?: string }
  | { readonly kind: 'passed-through'; readonly slot: string }
  | { readonly kind: 'kernel'; readonly release: string }
  | { readonly kind: 'command-line'; readonly commandLine: string };

const groupPath = new RegExp(String.raw`iommu_groups/(\d{1,5})/devices/(${functionPattern})`);
/** The loop of the Arch wiki and its many children: "IOMMU Group 15:" on a line of its own, or before each function. */
const groupHead = new RegExp(String.raw`^\s*(?:IOMMU )?[Gg]roup:?\s+(\d{1,5})\b:?\s*(?:(${functionPattern}\b.*))?$`);
/** qm config, /etc/pve/qemu-server/*.conf. */
const hostpci = /^\s*hostpci\d{1,2}: (?:host=)?((?:[0-9a-f]{4}:)?[0-9a-f]{2}:[0-9a-f]{2}(?:\.[0-7])?)\b/;
const qemuArgument = /vfio-pci,(?:[^,\s]+,)*host=((?:[0-9a-f]{4}:)?[0-9a-f]{2}:[01][0-9a-f]\.[0-7])/;
const uname = /^Linux \S+ (\d+\.\d+\.\d+\S*) #\d/;
const running = /running kernel: (\d+\.\d+\S*?)\)/;
const pastedCommandLine = /^\s*(?:\S+[#$] )?((?:BOOT_IMAGE=|initrd=\\)\S+ .+)$/;
/** Whatever holds none of these is none of these. */
const anySetting = /roup|hostpci|vfio-pci,|^Linux |running kernel|BOOT_IMAGE=|initrd=\\/;

/** @returns undefined where the line is nothing of the kind. */
export function settingLine(line: string): SettingLine | undefined {
  if (!anySetting.test(line)) return undefined;
  const path = groupPath.exec(line);
  if (path !== null) return { kind: 'group', group: Number(path[1]), function: path[2] ?? '' };
  const head = groupHead.exec(line);
  if (head !== null) {
    return { kind: 'group', group: Number(head[1]), ...(head[2] === undefined ? {} : { rest: head[2] }) };
  }
  const slot = hostpci.exec(line)?.[1] ?? qemuArgument.exec(line)?.[1];
  if (slot !== undefined) return { kind: 'passed-through', slot };
  const release = uname.exec(line)?.[1] ?? running.exec(line)?.[1];
  if (release !== undefined) return { kind: 'kernel', release };
  const commandLine = pastedCommandLine.exec(line)?.[1];
  return commandLine === undefined ? undefined : { kind: 'command-line', commandLine };
}
