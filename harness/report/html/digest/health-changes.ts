import type { JournalEventOf } from '../../../journal/events.ts';
import { shortAddress } from '../../../pci/address.ts';
import { deviceIdText, isDeadConfig, parseConfigHeader } from '../../../pci/config-header.ts';
import type { BridgeHealth, FunctionHealth } from '../../../pci/health.ts';
import type { StoryLine } from './story-words.ts';

/** What changed in the health of functions from one edge to the next, those together that changed alike; nothing for one that is as it was. */
export function healthLines(
  before: JournalEventOf<'edge'> | undefined,
  now: JournalEventOf<'edge'>,
): readonly StoryLine[] {
  if (before === undefined || before.functions === now.functions) return [];
  const alike = new Map<string, { readonly names: string[]; readonly isBad: boolean }>();
  for (const [address, health] of now.functions) {
    const was = before.functions.get(address);
    const changes = was === undefined || was === health ? [] : changesOf(was, health);
    if (changes.length === 0) continue;
    const words = changes.map(({ text }) => text).join(', ');
    const known = alike.get(words) ?? { names: [], isBad: changes.some((change) => change.isBad) };
    alike.set(words, known);
    known.names.push(shortAddress(address));
  }
  return [...alike].map(([words, { names, isBad }]) => ({
    kind: 'health',
    text: `${names.join(', ')}: ${words}`,
    isBad,
  }));
}

type Reading = string | number | null | undefined;

interface Change {
  readonly text: string;
  readonly isBad: boolean;
}

function changesOf(was: FunctionHealth, now: FunctionHealth): Change[] {
  const changes: Change[] = [];
  const note = (name: string, from: Reading, to: Reading, isBad = false): void => {
    if (from !== to) changes.push({ text: `${name} ${shown(from)} → ${shown(to)}`, isBad });
  };
  if (was.present !== now.present)
    return [{ text: now.present ? 'it is there again' : 'it is gone', isBad: !now.present }];
  note('config space', configWords(was.config), configWords(now.config), !isAlive(now.config));
  note('group', was.group, now.group, true);
  note('link width', widthWords(was.linkWidth), widthWords(now.linkWidth), isNarrower(was.linkWidth, now.linkWidth));
  note('link', was.linkSpeed, now.linkSpeed);
  note('power', was.powerState, now.powerState);
  note('driver', was.driver, now.driver);
  note('opened', was.enableCount, now.enableCount);
  note('resets', was.resetMethods?.join(' '), now.resetMethods?.join(' '), true);
  note('its uncorrectable errors', fatalOf(was), fatalOf(now), true);
  changes.push(...portChanges(was.bridge, now.bridge));
  return changes;
}

function portChanges(was: BridgeHealth | null, now: BridgeHealth | null): Change[] {
  if (was === null || now === null || was.config === now.config) return [];
  const [before, after] = [was, now].map(({ config }) => portWords(config));
  if (before === after) return [];
  return [{ text: `port ${shortAddress(now.address)} ${shown(before)} → ${shown(after)}`, isBad: true }];
}

function portWords(config: string | null): string {
  const header = config === null ? undefined : parseConfigHeader(config);
  if (header === undefined) return 'unreadable';
  if (isDeadConfig(header)) return 'dead (all ones)';
  const { busNumbers } = header;
  return busNumbers === null ? 'alive' : `bus ${busNumbers.secondary.toString(16).padStart(2, '0')}`;
}

function configWords(config: string | null): string {
  const header = config === null ? undefined : parseConfigHeader(config);
  if (header === undefined) return 'unreadable';
  return isDeadConfig(header) ? 'dead (all ones)' : deviceIdText(header);
}

function isAlive(config: string | null): boolean {
  const header = config === null ? undefined : parseConfigHeader(config);
  return header !== undefined && !isDeadConfig(header);
}

/** A dead endpoint's link width reads 63 (drivers/pci/pci-sysfs.c current_link_width_show). */
const noWidth = 63;

function widthWords(width: number | null): string | null {
  if (width === null) return null;
  return width === noWidth ? 'unknown' : `x${width}`;
}

function isNarrower(was: number | null, now: number | null): boolean {
  return was !== null && (now === null || now === noWidth || now < was);
}

function fatalOf({ errors }: FunctionHealth): number | undefined {
  return errors == null ? undefined : errors.fatal + errors.nonFatal;
}

function shown(value: Reading): string {
  return value === null || value === undefined ? 'none' : String(value);
}
