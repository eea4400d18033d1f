import { writeConfig, type ConfigWrite } from '../../host/config-write.ts';
import type { PciAddress } from '../../pci/address.ts';
import { isDeadConfig, parseConfigHeader } from '../../pci/config-header.ts';
import type { BridgeHealth, FunctionHealth, HealthByFunction } from '../../pci/health.ts';
import { parsePortExpress } from '../../pci/port-express.ts';
import { type RungEnd, type RungWorld, taken } from './rung.ts';

/**
 * Bus numbers, windows and control of each port above a lost function as they were, its link and the power of its slot, then the
 * functions' own addresses. It changes nothing on a port that is as it was: what else lives below it is never disturbed.
 */
export async function restoreBridge({ host, baseline, now, lost, sleep, wait }: RungWorld): Promise<RungEnd> {
  const ports = portWrites(baseline, now, lost);
  if (ports.writes.length === 0) {
    return { standing: 'not-possible', message: 'each port is as it was before the first cycle, or does not answer' };
  }
  await writeConfig(host.session, ports.writes, wait);
  // A link that trains, or a slot that gets power, needs its time (PCI Express Base spec 6.6.1: 100 ms).
  if (ports.wakesLink) await sleep(linkRestMs);
  await writeConfig(host.session, functionWritesBelow(baseline, ports.restored), wait);
  return taken;
}

const linkRestMs = 200;

/** Type 1 header (PCI-to-PCI Bridge spec 3.2): command, then bus numbers up to the expansion ROM, then bridge control. */
const bridgeFields: readonly (readonly [number, number])[] = [
  [0x18, 0x34],
  [0x3c, 0x40],
  [0x04, 0x08],
];
/** Type 0 header (PCI Local Bus spec 3.0, 6.1): base addresses, interrupt line, cache line. The command register is the driver's. */
const functionFields: readonly (readonly [number, number])[] = [
  [0x10, 0x28],
  [0x3c, 0x40],
  [0x0c, 0x10],
];

/** What puts the ports of lost functions back to what the baseline has. */
export interface PortRestoration {
  readonly writes: readonly ConfigWrite[];
  /** The ports that something is written to. */
  readonly restored: ReadonlySet<PciAddress>;
  readonly wakesLink: boolean;
}

export function portWrites(
  baseline: HealthByFunction,
  now: HealthByFunction,
  lost: readonly PciAddress[],
): PortRestoration {
  const restored = new Map<PciAddress, { header: ConfigWrite[]; express: ConfigWrite[] }>();
  for (const address of lost) {
    const before = baseline.get(address)?.bridge;
    const after = now.get(address)?.bridge;
    if (before?.config == null || after?.config == null || isDead(before.config) || isDead(after.config)) continue;
    const header = keepsSettings(before.config, after.config)
      ? []
      : writesOf(before.address, before.config, bridgeFields);
    const express = expressWrites(before, after);
    if (header.length + express.length > 0) restored.set(before.address, { header, express });
  }
  const ports = [...restored.values()];
  return {
    // The way to the bus is set up before the bus is woken.
    writes: ports.flatMap(({ header, express }) => [...header, ...express]),
    restored: new Set(restored.keys()),
    wakesLink: ports.some(({ express }) => express.length > 0),
  };
}

/** What a port was told before the first cycle, whatever it says now; nothing where no function below it has it in the baseline. */
export function portSettings(baseline: HealthByFunction, port: PciAddress): ConfigWrite[] {
  const known = [...baseline.values()].find(({ bridge }) => bridge?.address === port)?.bridge;
  return known?.config == null ? [] : writesOf(port, known.config, bridgeFields);
}

/** The base addresses and the like of every function below these ports, as the baseline has them. */
export function functionWritesBelow(baseline: HealthByFunction, ports: ReadonlySet<PciAddress>): ConfigWrite[] {
  return [...baseline]
    .filter(([, { bridge }]) => bridge !== null && ports.has(bridge.address))
    .flatMap(([address, health]) => functionWrites(address, health));
}

/** Of the fields above, what a port was told: its status registers at 0x06 and 0x1e change by themselves. */
const settings: readonly (readonly [number, number])[] = [
  [0x04, 0x06],
  [0x18, 0x1e],
  [0x20, 0x34],
  [0x3c, 0x40],
];

function keepsSettings(before: string, after: string): boolean {
  return settings.every(([first, end]) => before.slice(first * 2, end * 2) === after.slice(first * 2, end * 2));
}

/** Link Control and Slot Control (PCI Express Base spec 7.5.3.7 and 7.5.3.10), as offsets in the capability. */
const [linkControl, slotControl] = [
  [0x10, 0x12],
  [0x18, 0x1a],
] as const;

/** A link that was told to be down, a slot that was told to be without power: each is told again what it was told before. */
function expressWrites(before: BridgeHealth, after: BridgeHealth): ConfigWrite[] {
  const { express, expressOffset: at } = before;
  const was = express === undefined ? undefined : parsePortExpress(express);
  const is = after.express === undefined ? undefined : parsePortExpress(after.express);
  if (express === undefined || at === undefined || was === undefined || is === undefined) return [];
  const registers = [
    ...(was.slotPoweredOff === is.slotPoweredOff ? [] : [slotControl]),
    ...(was.linkDisabled === is.linkDisabled ? [] : [linkControl]),
  ];
  return registers.map(([first, end]) => ({
    address: before.address,
    offset: at + first,
    bytesHex: express.slice(first * 2, end * 2),
  }));
}

function isDead(config: string): boolean {
  const header = parseConfigHeader(config);
  return header === undefined || isDeadConfig(header);
}

function functionWrites(address: PciAddress, { config }: FunctionHealth): ConfigWrite[] {
  return config === null ? [] : writesOf(address, config, functionFields);
}

function writesOf(address: PciAddress, config: string, fields: readonly (readonly [number, number])[]): ConfigWrite[] {
  const header = parseConfigHeader(config);
  // What did not answer before the first cycle has nothing that could be put back.
  if (header === undefined || isDeadConfig(header)) return [];
  return fields.map(([first, end]) => ({ address, offset: first, bytesHex: config.slice(first * 2, end * 2) }));
}
