import type { PciAddress } from '../pci/address.ts';
import type { LogLineClass, LogLevel } from '../pci/kernel-catalogue/log-line.ts';
import type { Cause } from './causes/cause.ts';
import { likelyCauses, missingTexts } from './causes/likely-causes.ts';
import type { Evidence } from './evidence.ts';
import type { Told } from './fault-tally.ts';
import { type Boot, groupsOf, isBridge, isPassedThrough, type Machine, type MachineFunction } from './machine.ts';
import { overrideOf, type OverrideSight } from './override.ts';
import { type ResetSight, resetSights } from './reset-sight.ts';
import type { SourceCount, Survey } from './survey.ts';

/** All that triage has to say, as plain data: what `--json` prints. */
export interface TriageResult {
  readonly sources: readonly SourceCount[];
  readonly machines: readonly MachineResult[];
  /** Lines of findings that are not listed, because there were too many different ones. */
  readonly notListed: number;
}

export interface MachineResult {
  readonly board: string | null;
  readonly boots: readonly BootResult[];
  readonly groups: readonly GroupResult[];
  readonly functions: readonly FunctionResult[];
  readonly resets: readonly ResetResult[];
  readonly faults: readonly FindingResult[];
  /** What would be a fault only where a baseline lacks it. */
  readonly expectedNoise: readonly FindingResult[];
  readonly harmless: readonly FindingResult[];
  readonly causes: readonly Cause[];
  /** What to send so that more can be said. */
  readonly send: readonly string[];
}

export interface BootResult {
  readonly kernel: string | null;
  readonly bios: string | null;
  readonly biosDate: string | null;
  readonly commandLine: string | null;
  readonly override: OverrideSight;
}

export interface GroupResult {
  readonly group: number;
  readonly members: readonly { readonly address: PciAddress; readonly owner: 'vm' | 'bridge' | 'other' }[];
  /** True where a VM is to have a part of it and others hold the rest. */
  readonly shared: boolean;
}

export interface FunctionResult {
  readonly address: PciAddress;
  readonly id: string | null;
  readonly class: string | null;
  readonly name: string | null;
  readonly driver: string | null;
  readonly passedThrough: boolean;
  readonly dead: Evidence | null;
  readonly link: string | null;
}

export interface ResetResult extends Omit<ResetSight, 'function'> {
  readonly address: PciAddress;
}

/** One wording about one function: how often, from where to where, what it means. */
export interface FindingResult {
  readonly id: string;
  readonly class: LogLineClass;
  readonly level: LogLevel;
  readonly suspect: boolean;
  readonly device: PciAddress | null;
  readonly about: string | null;
  readonly boot: number;
  readonly count: number;
  readonly first: Evidence;
  readonly last: Omit<Evidence, 'text'>;
  readonly meaning: string;
  readonly action: string | null;
  readonly expected: string | null;
}

/** What everything comes to that the survey was given. */
export function triageResult(survey: Survey): TriageResult {
  survey.rooms.finish();
  const machines = survey.rooms.machines.map((machine) => machineResult(machine, survey.tally.of(machine)));
  return {
    sources: survey.sources,
    // A machine of which nothing is known was only the place where texts were looked for.
    machines: machines.filter((one) => !isEmpty(one)),
    notListed: survey.tally.overflow,
  };
}

function isEmpty({ board, functions, groups, faults, expectedNoise, harmless, boots }: MachineResult): boolean {
  const lists = [functions, groups, faults, expectedNoise, harmless];
  return board === null && lists.every(({ length }) => length === 0) && boots.length === 0;
}

function machineResult(machine: Machine, told: readonly Told[]): MachineResult {
  const findings = told.map((one) => ({ one, finding: findingResult(one) }));
  const faults = findings.filter(({ one }) => one.line.class !== 'benign');
  const blamed = new Set(faults.flatMap(({ one }) => one.device ?? []));
  const functions = [...machine.functions.values()].sort((a, b) => a.address.localeCompare(b.address));
  return {
    board: machine.board ?? null,
    boots: machine.boots.filter(isKnown).map(bootResult),
    groups: [...groupsOf(machine)].map(([group, members]) => groupResult(machine, group, members)),
    functions: functions.map(functionResult),
    resets: resetSights(machine, blamed).map(({ function: { address }, ...rest }) => ({ address, ...rest })),
    faults: faults.map(({ finding }) => finding),
    expectedNoise: findings.flatMap(({ finding }) => (finding.expected === null ? [] : [finding])),
    harmless: findings.flatMap(({ one, finding }) =>
      one.line.class === 'benign' && finding.expected === null ? [finding] : [],
    ),
    causes: likelyCauses({ machine, told }),
    send: missingTexts({ machine, told }),
  };
}

function isKnown({ kernel, bios, commandLine, overrideWarning }: Boot): boolean {
  return [kernel, bios, commandLine, overrideWarning].some((one) => one !== undefined);
}

function bootResult(boot: Boot): BootResult {
  const { kernel = null, bios = null, biosDate = null, commandLine = null } = boot;
  return { kernel, bios, biosDate, commandLine, override: overrideOf(boot) };
}

function groupResult(machine: Machine, group: number, addresses: readonly PciAddress[]): GroupResult {
  const members = addresses.map((address) => ({ address, owner: ownerOf(machine.functions.get(address)) }));
  const owners = new Set(members.map(({ owner }) => owner));
  return { group, members, shared: owners.has('vm') && owners.has('other') };
}

function ownerOf(one: MachineFunction | undefined): 'vm' | 'bridge' | 'other' {
  if (one === undefined) return 'other';
  if (isPassedThrough(one)) return 'vm';
  return isBridge(one) ? 'bridge' : 'other';
}

function functionResult(one: MachineFunction): FunctionResult {
  return {
    address: one.address,
    id: one.id ?? null,
    class: one.classCode ?? null,
    name: one.name ?? null,
    driver: one.driver ?? null,
    passedThrough: isPassedThrough(one),
    dead: one.dead ?? null,
    link: one.link ?? null,
  };
}

function findingResult({ line, device, about, boot, count, first, last }: Told): FindingResult {
  return {
    id: line.id,
    class: line.class,
    level: line.level,
    suspect: line.suspect === true,
    device: device ?? null,
    about: about ?? null,
    boot,
    count,
    first,
    last,
    meaning: line.meaning,
    action: line.action ?? null,
    expected: line.expected ?? null,
  };
}
