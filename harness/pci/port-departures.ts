import { isDeadConfig, parseConfigHeader } from './config-header.ts';
import type { BridgeHealth } from './health.ts';
import { parsePortExpress, type PortExpress } from './port-express.ts';
import type { Departure } from './symptoms.ts';

/**
 * Names what befell the port above a function, the cause that explains most first: a port that does not answer, then settings that it
 * lost, then a slot without power, then a link that is down.
 *
 * Below a dead function it counts as well what the port said at the baseline already: a fault can be older than the run.
 *
 * @param functionAnswers the function below answered at the same edge, so its link works, whatever the port's status bits say.
 */
export function portDepartures(
  baseline: BridgeHealth | null,
  now: BridgeHealth | null,
  functionAnswers: boolean,
): Departure[] {
  if (baseline?.config == null || now === null || isDead(baseline.config)) return [];
  const said = (departure: Departure | undefined): Departure[] =>
    departure === undefined ? [] : [{ ...departure, reading: `port ${now.address}: ${departure.reading}` }];
  if (now.config === null) return said({ symptom: 'port-dead', reading: 'its config space could not be read' });
  if (isDead(now.config)) return said({ symptom: 'port-dead', reading: 'its config space answers all ones' });
  const before = expressOf(baseline);
  const after = expressOf(now);
  return [
    ...said(lostSettings(baseline.config, now.config, functionAnswers)),
    ...said(before && after && lostPower(before, after, functionAnswers)),
    ...said(before && after && lostLink(before, after, functionAnswers)),
  ];
}

function isDead(config: string): boolean {
  const header = parseConfigHeader(config);
  return header !== undefined && isDeadConfig(header);
}

function expressOf({ express }: BridgeHealth): PortExpress | undefined {
  return express === undefined ? undefined : parsePortExpress(express);
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

function lostSettings(baseline: string, now: string, functionAnswers: boolean): Departure | undefined {
  const before = baseline.toLowerCase();
  const after = now.toLowerCase();
  const lost = bridgeSetUp
    .map(({ name, first, end }) => ({
      name,
      was: before.slice(first * 2, end * 2),
      is: after.slice(first * 2, end * 2),
    }))
    .filter(({ was, is }) => was !== is);
  if (lost.length === 0 && !functionAnswers && parseConfigHeader(now)?.busNumbers?.secondary === 0) {
    return { symptom: 'bridge-config-lost', reading: 'it leads to bus 00, which is above it' };
  }
  if (lost.length === 0) return undefined;
  const spaced = (hex: string): string => hex.replaceAll(/..(?=.)/g, '$& ');
  const readings = lost.map(({ name, was, is }) => `${name} ${spaced(is) || 'unreadable'}, were ${spaced(was)}`);
  return { symptom: 'bridge-config-lost', reading: readings.join('; ') };
}

function lostPower(before: PortExpress, after: PortExpress, functionAnswers: boolean): Departure | undefined {
  if (after.slotPoweredOff !== true || (functionAnswers && before.slotPoweredOff !== false)) return undefined;
  return { symptom: 'slot-power-off', reading: 'Slot Control says that the power of the slot is off' };
}

/**
 * A link that was told to be down is down. What its status says counts only below a dead function: with a function in D3cold the link
 * rests, and a port that manages its power may report no link in between.
 */
function lostLink(before: PortExpress, after: PortExpress, functionAnswers: boolean): Departure | undefined {
  const signs = [
    ...(after.linkDisabled && !(functionAnswers && before.linkDisabled)
      ? ['Link Control says that the link is disabled']
      : []),
    ...(!functionAnswers && before.linkActive === true && after.linkActive === false
      ? ['Link Status says that the link is not active']
      : []),
    ...(!functionAnswers && before.linkWidth > 0 && after.linkWidth === 0
      ? [`Link Status says width x0, was x${String(before.linkWidth)}`]
      : []),
  ];
  return signs.length === 0 ? undefined : { symptom: 'link-down', reading: signs.join('; ') };
}
