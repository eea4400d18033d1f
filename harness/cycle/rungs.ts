import { writeConfig, type ConfigWrite } from '../host/config-write.ts';
import type { LabHost } from '../host/lab-host.ts';
import type { RungName } from '../journal/events.ts';
import type { PciAddress } from '../pci/address.ts';
import { isDeadConfig, parseConfigHeader } from '../pci/config-header.ts';
import type { FunctionHealth, HealthByFunction } from '../pci/health.ts';
import type { Wait } from '../wait.ts';

/** The rungs that act on a host which goes on running, in the order of their force. */
export type LiveRung = Exclude<RungName, 'host-reboot'>;

/** How long a function may take to answer again by itself before anything is done to it. */
const restMs = 3_000;

/** What a rung has at hand. */
export interface RungWorld {
  readonly host: LabHost;
  readonly baseline: HealthByFunction;
  readonly now: HealthByFunction;
  readonly lost: readonly PciAddress[];
  readonly sleep: (durationMs: number) => Promise<void>;
  readonly wait: Wait;
}

export const liveRungs: Readonly<Record<LiveRung, (world: RungWorld) => Promise<void>>> = {
  wait: async ({ sleep }) => await sleep(restMs),
  /**
   * Bus numbers, windows and control of each port above a lost function as they were, then the functions' own addresses. It changes
   * nothing on a port that is as it was: what else lives below it is never disturbed.
   */
  'restore-bridge': async ({ host, baseline, now, lost, wait }) => {
    await writeConfig(host.session, bridgeRestoration(baseline, now, lost), wait);
  },
};

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

/** The writes that put back what the baseline has: none where no port of a lost function departs from it. */
export function bridgeRestoration(
  baseline: HealthByFunction,
  now: HealthByFunction,
  lost: readonly PciAddress[],
): ConfigWrite[] {
  const ports = new Map<PciAddress, ConfigWrite[]>();
  for (const address of lost) {
    const before = baseline.get(address)?.bridge;
    const after = now.get(address)?.bridge;
    if (before?.config == null || after?.config == null || before.config === after.config) continue;
    ports.set(before.address, writesOf(before.address, before.config, bridgeFields));
  }
  const below = [...baseline].filter(([, { bridge }]) => bridge !== null && ports.has(bridge.address));
  return [...ports.values(), ...below.map(([address, health]) => functionWrites(address, health))].flat();
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
