import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const vendor = '4a67b082-0a4c-41cf-b6c7-440b29bb8c4f';

/** A variable of the firmware as Linux shows it: four bytes of attributes, then UTF-16 with a NUL. */
export function writeVariable(folder: string, name: string, text: string): void {
  const bytes = Buffer.concat([Buffer.from([7, 0, 0, 0]), Buffer.from(`${text}\0`, 'utf16le')]);
  writeFileSync(join(folder, `${name}-${vendor}`), bytes);
}

/** Puts an entry of Proxmox's form on the ESP. */
export function writeProxmoxEntry(root: string, kernel: string, commandLine: string): void {
  const entries = join(root, 'boot/efi/loader/entries');
  mkdirSync(entries, { recursive: true });
  const files = `/EFI/proxmox/${kernel}`;
  writeFileSync(
    join(entries, `proxmox-${kernel}.conf`),
    `title    Proxmox Virtual Environment\nversion  ${kernel}\noptions  ${commandLine}\n` +
      `linux    ${files}/vmlinuz-${kernel}\ninitrd   ${files}/initrd.img-${kernel}\n`,
  );
}

/** What systemd-boot does at a start: takes LoaderEntryOneShot and deletes it, then boots that entry, else its default. */
export function startSystemdBoot(root: string, variables: string): { kernel: string; commandLine: string } {
  const oneShot = join(variables, `LoaderEntryOneShot-${vendor}`);
  const once = existsSync(oneShot) ? readFileSync(oneShot).subarray(4).toString('utf16le').replaceAll('\0', '') : '';
  rmSync(oneShot, { force: true });
  const loader = join(root, 'boot/efi/loader');
  const ids = readdirSync(join(loader, 'entries')).sort().reverse();
  const lasting = /^default\s+(\S+)/m.exec(readFileSync(join(loader, 'loader.conf'), 'utf8'))?.[1] ?? '';
  const matches = (pattern: string) => (id: string) =>
    new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '.*')}$`).test(id);
  const id = ids.find((name) => name === once) ?? ids.find(matches(lasting)) ?? ids[0] ?? '';
  const entry = readFileSync(join(loader, 'entries', id), 'utf8');
  const kernel = /^linux\s+.*\/vmlinuz-(\S+)$/m.exec(entry)?.[1] ?? '';
  const options = /^options\s+(.*)$/m.exec(entry)?.[1] ?? '';
  return { kernel, commandLine: `initrd=\\EFI\\proxmox\\${kernel}\\initrd.img-${kernel} ${options}` };
}
