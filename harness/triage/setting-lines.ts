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
/** An argument of QEMU, as words or, as libvirt writes it since 8.1, as JSON; in a message that may be quoted once more. Bounded, so that no line is slow. */
const qemuArgument = new RegExp(
  String.raw`vfio-pci(?:,(?:[^,\s]+,){0,40}host=|\\?"(?:,[^,\s]+){0,40}?,\\?"host\\?":\\?")(${functionPattern})`,
);
const uname = /^Linux \S+ (\d+\.\d+\.\d+\S*) #\d/;
const running = /running kernel: (\d+\.\d+\S*?)\)/;
const pastedCommandLine = /^\s*(?:\S+[#$] )?((?:BOOT_IMAGE=|initrd=\\)\S+ .+)$/;
/** Whatever holds none of these is none of these. */
const anySetting = /roup|hostpci|vfio-pci[,"\\]|^Linux |running kernel|BOOT_IMAGE=|initrd=\\/;

/** The function that an argument of QEMU hands over; QEMU names it too where it fails on it. */
export function handedToQemu(line: string): string | undefined {
  return line.includes('vfio-pci') ? qemuArgument.exec(line)?.[1] : undefined;
}

/** @returns undefined where the line is nothing of the kind. */
export function settingLine(line: string): SettingLine | undefined {
  if (!anySetting.test(line)) return undefined;
  const path = groupPath.exec(line);
  if (path !== null) return { kind: 'group', group: Number(path[1]), function: path[2] ?? '' };
  const head = groupHead.exec(line);
  if (head !== null) {
    return { kind: 'group', group: Number(head[1]), ...(head[2] === undefined ? {} : { rest: head[2] }) };
  }
  const slot = hostpci.exec(line)?.[1] ?? handedToQemu(line);
  if (slot !== undefined) return { kind: 'passed-through', slot };
  const release = uname.exec(line)?.[1] ?? running.exec(line)?.[1];
  if (release !== undefined) return { kind: 'kernel', release };
  const commandLine = pastedCommandLine.exec(line)?.[1];
  return commandLine === undefined ? undefined : { kind: 'command-line', commandLine };
}
