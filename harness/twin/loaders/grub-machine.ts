import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setEnvironment, environmentOf } from './grub-environment.ts';

interface MenuEntry {
  readonly id: string;
  readonly kernel: string;
  readonly words: readonly string[];
}

/**
 * What GRUB does at a start of the twin: takes `next_entry` and forgets it, if it can write, then boots the entry of that id, or the
 * first one. It knows just the entries that the twin's update-grub and a custom.cfg hold.
 */
export function startGrub(root: string, writable: boolean): { kernel: string; commandLine: string } {
  const folder = join(root, 'boot/grub');
  const config = readFileSync(join(folder, 'grub.cfg'), 'utf8');
  const custom = join(folder, 'custom.cfg');
  const menu = [...menuOf(config), ...(existsSync(custom) ? menuOf(readFileSync(custom, 'utf8')) : [])];
  const environment = environmentOf(folder);
  const once = environment.get('next_entry') ?? '';
  if (once !== '' && writable) setEnvironment(folder, 'next_entry', '');
  const lasting = /else\n {3}set default="([^"]*)"/.exec(config)?.[1] ?? '0';
  const wanted = (once === '' ? lasting : once).split('>').at(-1);
  const entry = menu.find(({ id }) => id === wanted) ?? menu[0];
  if (entry === undefined) throw new Error('the twin has an empty boot menu');
  const commandLine = [`BOOT_IMAGE=/boot/vmlinuz-${entry.kernel}`, ...entry.words].join(' ');
  return { kernel: entry.kernel, commandLine };
}

function menuOf(config: string): MenuEntry[] {
  const entries: MenuEntry[] = [];
  for (const [, header = '', body = ''] of config.matchAll(/^\s*menuentry ([^\n]*)\{\n([^]*?)^\s*\}$/gm)) {
    const id = /(?:--id|\$menuentry_id_option) '?([^\s']+)/.exec(header)?.[1] ?? '';
    const linux = /^\s*linux\s+\S*\/vmlinuz-(\S+)(.*)$/m.exec(body);
    if (linux?.[1] !== undefined) entries.push({ id, kernel: linux[1], words: kernelWords(linux[2] ?? '') });
  }
  return entries;
}

/** GRUB takes the quotes away and puts double ones around an argument with a blank (loader/linux.c, grub_create_loader_cmdline). */
function kernelWords(text: string): string[] {
  return [...text.matchAll(/(?:[^\s']|'[^']*')+/g)].map(([word]) => {
    const plain = word.replaceAll("'", '');
    return plain.includes(' ') ? `"${plain}"` : plain;
  });
}
