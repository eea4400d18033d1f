import { type PciAddress, shortAddress } from '../../pci/address.ts';
import type { LogLineId } from '../../pci/kernel-catalogue/catalogue.ts';
import type { Evidence } from '../evidence.ts';
import type { Told } from '../fault-tally.ts';
import type { Machine, MachineFunction } from '../machine.ts';

/** `certain`: the lines leave no other reading. `likely`: they fit, and nothing speaks against it. `possible`: something is missing. */
export type Sureness = 'certain' | 'likely' | 'possible';

/** What is likely behind the faults, and what to do. */
export interface Cause {
  /** Stable name. */
  readonly id: string;
  readonly sure: Sureness;
  /** One sentence. */
  readonly what: string;
  readonly functions: readonly PciAddress[];
  /** Why it is held for that, and what would make it surer. */
  readonly why: readonly string[];
  readonly evidence: readonly Evidence[];
  /** Steps in the order in which to try them. */
  readonly next: readonly string[];
}

/** All that the rules look at. */
export interface Case {
  readonly machine: Machine;
  readonly told: readonly Told[];
}

/** A rule looks for one kind of cause. */
export type Rule = (one: Case) => readonly Cause[];

export function toldBy({ told }: Case, ...ids: readonly LogLineId[]): Told[] {
  return told.filter(({ line }) => ids.includes(line.id));
}

export function firsts(told: readonly Told[]): Evidence[] {
  return told.map(({ first }) => first);
}

export function devicesOf(told: readonly Told[]): PciAddress[] {
  return [...new Set(told.flatMap(({ device }) => device ?? []))];
}

/** How a function is called: `2b:00.0 NVIDIA Corporation GP107`. */
export function nameOf(machine: Machine, address: PciAddress): string {
  const one: MachineFunction | undefined = machine.functions.get(address);
  const short = shortAddress(address);
  const name = one?.name
    ?.split(': ')
    .slice(1)
    .join(': ')
    .replace(/^Advanced Micro Devices, Inc\. \[AMD(\/ATI)?\]/, 'AMD')
    .replace(/^(\w+) Corporation /, '$1 ');
  if (name !== undefined && name !== '') return `${short} ${name}`;
  return one?.id === undefined ? short : `${short} [${one.id}]`;
}
