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
 * The `hostpciN` lines: `2b:00,pcie=1`, `host=0000:2c:00.3,pcie=1`, several addresses apart by `;`
 * (PVE/QemuServer/PCI.pm parse_hostpci). A `mapping=` names no address and is left to the gate to miss.
 */
export function passthroughOf(config: ReadonlyMap<string, string>): PassthroughLine[] {
  const lines: PassthroughLine[] = [];
  for (const [key, value] of config) {
    if (!/^hostpci\d+$/.test(key)) continue;
    for (const option of value.split(',')) {
      const addresses = option.startsWith('host=') ? option.slice('host='.length) : option;
      if (addresses.includes('=')) continue;
      for (const text of addresses.split(';')) {
        const prefix = passthroughPrefix(text.trim());
        if (prefix !== undefined) lines.push({ key, prefix });
      }
    }
  }
  return lines;
}

function passthroughPrefix(text: string): string | undefined {
  const whole = parsePciAddress(text);
  if (whole !== undefined) return whole;
  const slot = parsePciAddress(`${text}.0`);
  return slot?.slice(0, -'.0'.length);
}
