import { deviceIdText, isDeadConfig, parseConfigHeader } from './config-header.ts';
import type { FunctionHealth } from './health.ts';
import { portDepartures } from './port-departures.ts';
import type { Departure } from './symptoms.ts';

/** What a function should look like at an edge, beyond what its baseline says. */
export interface Expectation {
  /** The driver that should own it now; null where none should, undefined where any will do. */
  readonly driver: string | null | undefined;
}

/**
 * Names every way in which a function is not what it was, the most precise cause first.
 *
 * @param baseline health before the first cycle of the cell.
 * @param now health at the edge.
 */
export function departuresFrom(baseline: FunctionHealth, now: FunctionHealth, expected: Expectation): Departure[] {
  if (!now.present) {
    const missing: Departure = { symptom: 'missing', reading: 'the host has no such function any more' };
    return [...portDepartures(baseline.bridge, now.bridge, false), missing];
  }
  const dead = configDepartures(baseline, now);
  // What befell the port explains the function's death, so it comes before it.
  const departures = [...portDepartures(baseline.bridge, now.bridge, dead.length === 0), ...dead];
  if (expected.driver !== undefined && now.driver !== expected.driver) {
    departures.push({
      symptom: 'wrong-driver',
      reading: `driver ${now.driver ?? 'none'}, expected ${expected.driver ?? 'none'}`,
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
