import { z } from 'zod';
import { BootOutputError } from './errors.ts';

/** The vendor of systemd-boot's variables (systemd, docs/BOOT_LOADER_INTERFACE.md). */
const loaderVendor = '4a67b082-0a4c-41cf-b6c7-440b29bb8c4f';

/** Where Linux shows one of the variables that the loader and the system talk through. */
export function loaderVariable(name: string): string {
  return `/sys/firmware/efi/efivars/${name}-${loaderVendor}`;
}

/** The text of such a variable: four bytes of attributes, then UTF-16 up to a NUL (kernel, Documentation/filesystems/efivarfs.rst). */
export function loaderVariableText(bytes: Buffer): string {
  return bytes.subarray(4).toString('utf16le').replace(/\0.*$/s, '');
}

const entry = z.object({
  /** `type1` is a file below loader/entries, `type2` a unified kernel image, `auto` what the loader finds by itself. */
  type: z.string(),
  id: z.string(),
  path: z.string().nullish(),
  root: z.string().nullish(),
  version: z.string().nullish(),
  options: z.string().nullish(),
  linux: z.string().nullish(),
  initrd: z.array(z.string()).nullish(),
  isDefault: z.boolean().nullish(),
});
type ListedEntry = z.infer<typeof entry>;

export interface BootEntry {
  readonly id: string;
  readonly type: string;
  /** As `uname -r` tells it; null for entries that start no Linux of a known version. */
  readonly kernel: string | null;
  /** Mount point of the partition that it is on. */
  readonly root: string | null;
  readonly linux: string | null;
  readonly initrds: readonly string[];
  readonly options: string;
  readonly isDefault: boolean;
}

/** Reads `bootctl list --json=short` (systemd, src/shared/bootspec.c). @throws BootOutputError */
export function parseBootEntries(output: string): BootEntry[] {
  let json: unknown;
  try {
    json = JSON.parse(output);
  } catch {
    throw new BootOutputError('`bootctl list --json=short`', 'it is no JSON');
  }
  const parsed = z.array(entry).safeParse(json);
  if (!parsed.success) throw new BootOutputError('`bootctl list --json=short`', z.prettifyError(parsed.error));
  return parsed.data.map((listed) => ({
    id: listed.id,
    type: listed.type,
    kernel: kernelOf(listed),
    root: listed.root ?? null,
    linux: listed.linux ?? null,
    initrds: listed.initrd ?? [],
    options: listed.options ?? '',
    isDefault: listed.isDefault ?? false,
  }));
}

/** Proxmox names the file `vmlinuz-VERSION`, kernel-install the folder `VERSION/linux`; both set `version` in their own way. */
function kernelOf({ linux, version }: ListedEntry): string | null {
  const path = linux ?? '';
  return /\/vmlinuz-([^/]+)$/.exec(path)?.[1] ?? /\/([0-9][^/]*)\/linux$/.exec(path)?.[1] ?? version ?? null;
}

/** A boot loader entry file (UAPI.1, type #1). */
export function entryFile(of: {
  title: string;
  kernel: string;
  linux: string;
  initrds: readonly string[];
  options: string;
}): string {
  const lines = [
    `title ${of.title}`,
    `version ${of.kernel}`,
    `linux ${of.linux}`,
    ...of.initrds.map((path) => `initrd ${path}`),
    `options ${of.options}`,
  ];
  return `${lines.join('\n')}\n`;
}
