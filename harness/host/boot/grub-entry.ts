import { askedWords, requireFit, wordsThatStay } from './command-line.ts';
import {
  allEntries,
  defaultEntry,
  type GrubConfig,
  type GrubEntry,
  linuxLineOf,
  parseGrubConfig,
} from './grub-config.ts';
import { grubWords, quotedGrubWord, unquotedGrubWord } from './grub-words.ts';
import { type BootRequest, ourEntryName } from './loader.ts';

/** What `next_entry` names while a boot of ours is armed. */
export const grubEntryId = ourEntryName;

const begin = '### BEGIN comeback: one boot; may be removed at any time ###';
const end = '### END comeback ###';
const block = new RegExp(`^${begin}$[^]*?^${end}$\\n?`, 'm');

/** Statements that would leave a trace of the one boot in grubenv, or only talk. */
const leftOut = /^\s*(?:savedefault|recordfail|echo)\b/;

/**
 * An entry for one boot, made from an entry of the host's own: from that of the very kernel, else from the default one with
 * the versions exchanged. So modules, root device and video are those that are known to work there.
 *
 * @returns undefined where the host has no entry that could serve as a pattern
 */
export function grubOneShotEntry(
  config: GrubConfig,
  savedEntry: string | undefined,
  boot: BootRequest,
): string | undefined {
  const pattern = patternFor(config, savedEntry, boot.kernel);
  const linux = pattern === undefined ? undefined : linuxLineOf(pattern.body);
  if (pattern === undefined || linux === undefined || linux.kernel === null) return undefined;
  const { kernel: from } = linux;
  const renamed = (path: string): string => {
    const name = ['vmlinuz', 'initrd.img'].find((file) => path.endsWith(`/${file}-${from}`));
    return name === undefined ? path : path.slice(0, -from.length) + boot.kernel;
  };
  const words = grubCommandLine(linux.words, boot.commandLine);
  const body = pattern.body
    .filter((line) => !leftOut.test(line))
    .map((line) => {
      const [command = '', ...rest] = grubWords(line);
      if (command === linux.command) return `\t${[command, renamed(linux.path), ...words].join(' ')}`;
      return /^initrd(?:16|efi)?$/.test(command) ? `\t${[command, ...rest.map(renamed)].join(' ')}` : line;
    });
  const options = `--id ${grubEntryId}${pattern.unrestricted ? ' --unrestricted' : ''}`;
  const title = quotedGrubWord(`comeback: one boot of ${boot.kernel}`);
  return [begin, `menuentry ${title} ${options} {`, ...body, '}', end, ''].join('\n');
}

function patternFor(config: GrubConfig, savedEntry: string | undefined, kernel: string): GrubEntry | undefined {
  const recovery = (entry: GrubEntry): boolean =>
    linuxLineOf(entry.body)?.words.some((word) => word === 'single' || word === 'recovery') ?? false;
  const known = allEntries(config.menu).filter((entry) => linuxLineOf(entry.body)?.kernel != null && !recovery(entry));
  const byDefault = defaultEntry(config, savedEntry);
  return (
    known.find((entry) => linuxLineOf(entry.body)?.kernel === kernel) ??
    known.find((entry) => entry === byDefault) ??
    known[0]
  );
}

/** Words of the pattern stay as GRUB reads them, variables included; those asked for are quoted. */
function grubCommandLine(own: readonly string[], asked: string | undefined): readonly string[] {
  if (asked === undefined) return own;
  const wanted = askedWords(asked);
  const words = [...wordsThatStay(own, unquotedGrubWord, wanted), ...wanted.words.map(quotedGrubWord)];
  requireFit(words.map(unquotedGrubWord).join(' '));
  return words;
}

/** custom.cfg with our entry at its end; what others wrote there stays. */
export function withOurEntry(customConfig: string, entry: string): string {
  const others = withoutOurEntry(customConfig);
  return others === '' || others.endsWith('\n') ? others + entry : `${others}\n${entry}`;
}

export function withoutOurEntry(customConfig: string): string {
  return customConfig.replace(block, '');
}

/** What our entry in custom.cfg would boot; undefined where there is none. */
export function ourEntryIn(customConfig: string): { kernel: string; commandLine: string } | undefined {
  const found = block.exec(customConfig)?.[0];
  const [entry] = found === undefined ? [] : allEntries(parseGrubConfig(found).menu);
  const linux = entry === undefined ? undefined : linuxLineOf(entry.body);
  if (linux?.kernel == null) return undefined;
  return { kernel: linux.kernel, commandLine: linux.words.map(unquotedGrubWord).join(' ') };
}
