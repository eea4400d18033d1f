import { deviceIdText, isDeadConfig, parseConfigHeader } from './config-header.ts';
import type { BridgeHealth, FunctionHealth } from './health.ts';
import type { Departure } from './symptoms.ts';

/** What a function should look like at an edge, beyond what its baseline says. */
export interface Expectation {
  /** The driver that should own it now; undefined where any will do. */
  readonly driver: string | undefined;
}

/**
 * Names every way in which a function is not what it was.
 *
 * @param baseline health before the first cycle of the cell.
 * @param now health at the edge.
 */
export function departuresFrom(baseline: FunctionHealth, now: FunctionHealth, expected: Expectation): Departure[] {
  if (!now.present) return [{ symptom: 'missing', reading: 'the host has no such function any more' }];
  const departures = [...bridgeDepartures(baseline.bridge, now.bridge), ...configDepartures(baseline, now)];
  if (expected.driver !== undefined && now.driver !== expected.driver) {
    departures.push({
      symptom: 'wrong-driver',
      reading: `driver ${now.driver ?? 'none'}, expected ${expected.driver}`,
    });
  }
  if (now.group !== baseline.group) {
    departures.push({
      symptom: 'group-changed',
      reading: `IOMMU group ${String(now.group)}, was ${String(baseline.group)}`,
    });
  }
  return [...departures, ...linkDepartures(baseline, now), ...resetMethodDepartures(baseline, now)];
}

function configDepartures(baseline: FunctionHealth, now: FunctionHealth): Departure[] {
  const header = now.config === null ? undefined : parseConfigHeader(now.config);
  if (header === undefined) return [{ symptom: 'config-dead', reading: 'config space could not be read' }];
  if (isDeadConfig(header)) {
    const reading = `config space answers ${deviceIdText(header)}, header type ${header.headerType.toString(16)}`;
    return [{ symptom: 'config-dead', reading }];
  }
  const before = baseline.config === null ? undefined : parseConfigHeader(baseline.config);
  if (before !== undefined && deviceIdText(before) !== deviceIdText(header)) {
    return [
      {
        symptom: 'config-dead',
        reading: `config space answers ${deviceIdText(header)}, was ${deviceIdText(before)}`,
      },
    ];
  }
  return [];
}

/**
 * Bus numbers (0x18-0x1a), I/O window (0x1c-0x1d) and memory windows (0x20-0x2f) of the parent port: what a secondary bus reset
 * must not touch, and what firmware of the AGESA 0.0.7.2 generation lost in it (kernel bug 203957).
 */
const bridgeSetUp: readonly { readonly name: string; readonly first: number; readonly end: number }[] = [
  { name: 'bus numbers', first: 0x18, end: 0x1b },
  { name: 'I/O window bytes', first: 0x1c, end: 0x1e },
  { name: 'memory window bytes', first: 0x20, end: 0x30 },
];

function bridgeDepartures(baseline: BridgeHealth | null, now: BridgeHealth | null): Departure[] {
  if (baseline?.config == null || now?.config == null) return [];
  const before = baseline.config.toLowerCase();
  const after = now.config.toLowerCase();
  const lost = bridgeSetUp
    .map(({ name, first, end }) => ({
      name,
      was: before.slice(first * 2, end * 2),
      is: after.slice(first * 2, end * 2),
    }))
    .filter(({ was, is }) => was !== is);
  if (lost.length === 0) return [];
  const spaced = (hex: string): string => hex.replaceAll(/..(?=.)/g, '$& ');
  const readings = lost.map(({ name, was, is }) => `${name} ${spaced(is) || 'unreadable'}, were ${spaced(was)}`);
  return [{ symptom: 'bridge-config-lost', reading: `port ${now.address}: ${readings.join('; ')}` }];
}

/** A dead endpoint's Link Status reads 0xffff: width 63, which is no width (drivers/pci/pci-sysfs.c current_link_width_show). */
const noWidth = 63;

/**
 * Only the width is judged: a healthy GPU changes its link speed with its power state, so speeds at two edges cannot be compared.
 */
function linkDepartures(baseline: FunctionHealth, now: FunctionHealth): Departure[] {
  const { linkWidth: before } = baseline;
  const { linkWidth: after } = now;
  if (before === null || after === null || before === noWidth || after === noWidth || after >= before) return [];
  return [{ symptom: 'link-degraded', reading: `link width x${String(after)}, was x${String(before)}` }];
}

function resetMethodDepartures(baseline: FunctionHealth, now: FunctionHealth): Departure[] {
  const words = (health: FunctionHealth): string => health.resetMethods?.join(' ') ?? 'none';
  if (words(baseline) === words(now)) return [];
  return [{ symptom: 'reset-method-changed', reading: `reset_method "${words(now)}", was "${words(baseline)}"` }];
}
