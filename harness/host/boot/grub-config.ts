import { grubWords, unquotedGrubWord } from './grub-words.ts';

export interface GrubEntry {
  readonly kind: 'entry';
  readonly id: string | null;
  readonly title: string;
  /** True where a GRUB with a password starts it without one. */
  readonly unrestricted: boolean;
  readonly body: readonly string[];
}

interface GrubSubmenu {
  readonly kind: 'submenu';
  readonly id: string | null;
  readonly title: string;
  readonly children: readonly GrubNode[];
}

type GrubNode = GrubEntry | GrubSubmenu;

/** A grub.cfg as far as a one-shot boot needs it. */
export interface GrubConfig {
  readonly menu: readonly GrubNode[];
  /** Value of `default` when nothing is armed, such as `0`, `${saved_entry}` or `gnulinux-advanced-…>gnulinux-6.1-…`. */
  readonly defaultEntry: string;
  /** Takes `next_entry` and forgets it before the menu (grub.d/00_header does; a hand-made file may not). */
  readonly takesNextEntry: boolean;
  /** Sources custom.cfg, where our entry goes (grub.d/41_custom). */
  readonly sourcesCustom: boolean;
}

/** Reads what grub-mkconfig writes: one statement a line, a block opened at the end of a line and closed on a line of its own. */
export function parseGrubConfig(text: string): GrubConfig {
  const lines = text.split('\n').filter((line) => !/^\s*#/.test(line));
  const defaults = lines
    .flatMap((line) => /^\s*set\s+default=(.*)$/.exec(line)?.slice(1) ?? [])
    .map((value) => unquotedGrubWord(value.trim()))
    .filter((value) => !value.includes('next_entry'));
  return {
    menu: nodesOf(lines, { at: 0 }),
    defaultEntry: defaults.at(-1) ?? '0',
    takesNextEntry:
      lines.some((line) => /^\s*set\s+default="?\$\{?next_entry\}?"?\s*$/.test(line)) &&
      lines.some((line) => /^\s*save_env\s+(?:\S+\s+)*next_entry\b/.test(line)),
    sourcesCustom: lines.some((line) => /^\s*(?:source|\.)\s+\S*\/custom\.cfg\b/.test(line)),
  };
}

function nodesOf(lines: readonly string[], cursor: { at: number }): GrubNode[] {
  const nodes: GrubNode[] = [];
  while (cursor.at < lines.length) {
    const line = lines[cursor.at] ?? '';
    cursor.at += 1;
    if (closes(line)) return nodes;
    if (!opens(line)) continue;
    const words = grubWords(line);
    if (words[0] === 'menuentry') {
      const unrestricted = words.includes('--unrestricted');
      nodes.push({ kind: 'entry', ...nameOf(words), unrestricted, body: blockOf(lines, cursor) });
    } else if (words[0] === 'submenu') {
      nodes.push({ kind: 'submenu', ...nameOf(words), children: nodesOf(lines, cursor) });
    } else {
      blockOf(lines, cursor);
    }
  }
  return nodes;
}

function blockOf(lines: readonly string[], cursor: { at: number }): string[] {
  const body: string[] = [];
  for (let depth = 1; cursor.at < lines.length; cursor.at += 1) {
    const line = lines[cursor.at] ?? '';
    if (opens(line)) depth += 1;
    if (closes(line)) depth -= 1;
    if (depth === 0) {
      cursor.at += 1;
      break;
    }
    body.push(line);
  }
  return body;
}

const opens = (line: string): boolean => /(?:^|\s)\{\s*$/.test(line);
const closes = (line: string): boolean => /^\s*\}\s*$/.test(line);

/** grub-mkconfig puts the id behind `$menuentry_id_option`, which is `--id` where GRUB knows it. */
function nameOf(words: readonly string[]): { id: string | null; title: string } {
  const at = words.findIndex((word) => word === '--id' || word === '$menuentry_id_option');
  const id = at < 0 ? (words.find((word) => word.startsWith('--id='))?.slice('--id='.length) ?? null) : words[at + 1];
  return { id: id == null ? null : unquotedGrubWord(id), title: unquotedGrubWord(words[1] ?? '') };
}

export function allEntries(menu: readonly GrubNode[]): GrubEntry[] {
  return menu.flatMap((node) => (node.kind === 'entry' ? [node] : allEntries(node.children)));
}

/**
 * The entry that GRUB starts when nothing is armed. A step of the path is a number, an id or a title; an unknown one is taken for
 * the first entry (get_entry_number in grub-core/normal/menu.c).
 *
 * @param savedEntry `saved_entry` of grubenv
 */
export function defaultEntry(config: GrubConfig, savedEntry: string | undefined): GrubEntry | undefined {
  const value = config.defaultEntry.replace(/^\$\{?saved_entry\}?$/, savedEntry ?? '0');
  let nodes = config.menu;
  for (const step of [...value.split('>'), ...Array<string>(8).fill('0')]) {
    const named = nodes.find(({ id, title }) => id === step || title === step);
    const node = /^\d+$/.test(step) ? nodes[Number(step)] : named;
    const next = node ?? nodes[0];
    if (next === undefined || next.kind === 'entry') return next;
    nodes = next.children;
  }
  return undefined;
}

/** The `linux` line of an entry: which command, which kernel file, and its words as they stand there. */
export interface GrubLinuxLine {
  readonly command: string;
  readonly path: string;
  /** Version in the name of the kernel file; null for a file named otherwise. */
  readonly kernel: string | null;
  readonly words: readonly string[];
}

export function linuxLineOf(body: readonly string[]): GrubLinuxLine | undefined {
  for (const line of body) {
    const [command = '', path, ...words] = grubWords(line);
    if (!/^linux(?:16|efi)?$/.test(command) || path === undefined) continue;
    return { command, path, kernel: /\/vmlinuz-([^/]+)$/.exec(unquotedGrubWord(path))?.[1] ?? null, words };
  }
  return undefined;
}
