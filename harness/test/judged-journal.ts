import type { JournalEvent } from '../journal/events.ts';
import { RunJudge } from '../judge/run-judge.ts';
import type { RunJudgement } from '../judge/run-judgement.ts';
import {
  deadConfig,
  syntheticConfig,
  syntheticExpress,
  type SyntheticCycle,
  type SyntheticFunction,
  SyntheticJournal,
} from '../judge/synthetic-journal.ts';
import type { FunctionTotals } from '../judge/totals.ts';
import type { PciAddress } from '../pci/address.ts';
import type { BridgeHealth, FunctionHealth } from '../pci/health.ts';
import { addressOf } from './known-address.ts';

export const gpu = addressOf('0000:2b:00.0');
export const gpuAudio = addressOf('0000:2b:00.1');
export const usb = addressOf('0000:2c:00.3');
export const audio = addressOf('0000:2d:00.3');
export const chipsetUsb = addressOf('0000:03:00.0');

/** A PCI-to-PCI bridge header with the bus numbers and windows of a working port. */
export const portBytes = {
  0x00: 0x22,
  0x01: 0x10,
  0x02: 0x53,
  0x03: 0x14,
  0x0e: 0x81,
  0x19: 0x2b,
  0x1a: 0x2b,
  0x1c: 0xf1,
  0x1d: 0x01,
  0x20: 0xa0,
  0x21: 0xf6,
} as const;

export const healthyPort: BridgeHealth = {
  address: addressOf('0000:00:03.1'),
  config: syntheticConfig(portBytes),
  express: syntheticExpress(),
};

/** A healthy function on its own port, as a baseline finds it once vfio-pci has had it before. */
export function healthy(change: Partial<FunctionHealth> = {}): FunctionHealth {
  return {
    present: true,
    config: syntheticConfig({ 0x00: 0xde, 0x01: 0x10, 0x02: 0x82, 0x03: 0x1c, 0x0e: 0x80 }),
    driver: 'vfio-pci',
    group: 26,
    linkSpeed: '8.0 GT/s PCIe',
    linkWidth: 16,
    powerState: 'D0',
    runtimeStatus: 'active',
    enableCount: 0,
    resetMethods: null,
    bridge: healthyPort,
    ...change,
  };
}

/** The five functions of the board. */
export const fiveFunctions: readonly SyntheticFunction[] = [
  { address: gpu, role: 'gpu', health: healthy() },
  { address: gpuAudio, role: 'audio', health: healthy() },
  { address: usb, role: 'usb', health: healthy({ group: 27, resetMethods: ['pm'] }) },
  { address: audio, role: 'audio', health: healthy({ group: 28 }) },
  { address: chipsetUsb, role: 'usb', health: healthy({ group: 17, linkWidth: null, linkSpeed: null }) },
];

/** What the judge makes of a whole journal. */
export function judged(events: readonly JournalEvent[]): RunJudgement {
  const judge = new RunJudge();
  for (const event of events) judge.push(event);
  return judge.result();
}

/** The beginning of a run on the five functions, its baseline read. */
export const begun = (cycles = 3): SyntheticJournal => new SyntheticJournal(fiveFunctions).begin(cycles);

/** A cycle in which one function reads differently at some edges. */
export const change = (
  address: PciAddress,
  changed: Partial<FunctionHealth>,
  edges: readonly ('before' | 'running' | 'after')[] = ['after'],
): SyntheticCycle => ({
  health: Object.fromEntries(edges.map((edge) => [edge, [{ address, change: changed }]])),
});

/** How a function that died reads. */
export const dead = { config: deadConfig, linkWidth: 63, linkSpeed: 'Unknown' };

export const failedStart = (output: string): SyntheticCycle => ({ start: { ok: false, output } });

/** Everything that one odd cycle between two good ones leaves to see. */
export function oddCycle(odd: SyntheticCycle): RunJudgement {
  return judged(begun().cycle().cycle(odd).cycle().finish().events);
}

export type Counts = FunctionTotals['counts'];

export const tally = (survived: number, degraded: number, lost: number, unobserved: number): Counts => ({
  survived,
  degraded,
  lost,
  unobserved,
});

export function countsOf(judgement: RunJudgement, address: PciAddress): Counts | undefined {
  return judgement.functions.get(address)?.counts;
}

/** The counts of every function but one. */
export function othersThan(judgement: RunJudgement, address: PciAddress): Counts[] {
  return [...judgement.functions].filter(([other]) => other !== address).map(([, totals]) => totals.counts);
}

export function allCounts(judgement: RunJudgement): Counts[] {
  return [...judgement.functions.values()].map(({ counts }) => counts);
}

export const fiveTimes = <T>(value: T): T[] => Array<T>(5).fill(value);
