import { parsePciAddress } from '../pci/address.ts';
import type { PassthroughLine } from './manager.ts';

/**
 * `key: value` lines as `qm config` and `qm status --verbose` print them (PVE/CLI/qm.pm).
 * Nested hashes, whose lines are indented by a tab, are left out: nothing here needs them.
 */
export function qmValues(output: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const line of output.split('\n')) {
    const match = /^([^\s:]+): ?(.*)$/.exec(line);
    if (match?.[1] !== undefined) values.set(match[1], match[2] ?? '');
  }
  return values;
}

/** The config lock, such as `backup`; null where the VM has none. */
export function lockOf(config: ReadonlyMap<string, string>): string | null {
  return config.get('lock') ?? null;
}

/**
 * The `hostpciN` lines: `2b:00,pcie=1`, `host=0000:2c:00.3,pcie=1`, several addresses apart by `;` (PVE/QemuServer/PCI.pm parse_hostpci).
 * A `mapping=` names no address, and `args:` can hand over anything: those are told as unreadable.
 */
export function passthroughOf(config: ReadonlyMap<string, string>): {
  readonly passthrough: PassthroughLine[];
  readonly unreadable: string[];
} {
  const passthrough: PassthroughLine[] = [];
  const unreadable: string[] = [];
  for (const [key, value] of config) {
    if (key === 'args' && value.includes('vfio-pci')) unreadable.push(`${key}: ${value}`);
    if (!/^hostpci\d+$/.test(key)) continue;
    const host = value.split(',').find((option) => option.startsWith('host=') || !option.includes('='));
    const prefixes = (host ?? '')
      .replace(/^host=/, '')
      .split(';')
      .map((text) => passthroughPrefix(text.trim()));
    for (const prefix of prefixes) {
      if (prefix === undefined) unreadable.push(`${key}: ${value}`);
      else passthrough.push({ key, prefix, managed: true });
    }
  }
  return { passthrough, unreadable };
}

function passthroughPrefix(text: string): string | undefined {
  const whole = parsePciAddress(text);
  if (whole !== undefined) return whole;
  const slot = parsePciAddress(`${text}.0`);
  return slot?.slice(0, -'.0'.length);
}
