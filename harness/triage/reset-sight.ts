import { shortAddress } from '../pci/address.ts';
import {
  busOf,
  isBridge,
  isDisplay,
  isPassedThrough,
  listedWhole,
  type Machine,
  type MachineFunction,
  siblingsOf,
} from './machine.ts';

/** How one function can be reset, in the order in which the kernel tries (pci_reset_fn_methods of drivers/pci/pci.c). */
export interface ResetSight {
  readonly function: MachineFunction;
  /** `flr`, `af_flr`, `pm`, `bus`: those that it surely has, the first is the one that is used. Device-specific ones are not known here. */
  readonly methods: readonly ('flr' | 'af_flr' | 'pm' | 'bus')[];
  /** True where the capabilities were not sent, so that more may exist. */
  readonly incomplete: boolean;
  /** What a bus reset would hit, and whether vfio may do one. */
  readonly bus: 'alone' | 'all-passed-through' | 'refused' | 'root-bus' | 'unknown';
  /** One sentence in plain words. */
  readonly words: string;
}

/** quirk_no_flr in drivers/pci/quirks.c, seen from 5.15 on: these say that they have FLR, and hang when it is used. */
export const brokenFlr: ReadonlySet<string> = new Set(['1022:1487', '1022:148c', '1022:149c', '1022:7901']);

/** What can be told of the resets of a function from its capabilities and from who shares its bus. */
export function resetSightOf(machine: Machine, one: MachineFunction): ResetSight {
  const flr = one.flReset === true && !brokenFlr.has(one.id ?? '');
  const incomplete = one.capabilitiesRead === undefined;
  // quirk_no_pm_reset: power-management reset does nothing to display controllers of AMD.
  const deafToPm = isDisplay(one) && one.id?.startsWith('1002:') === true;
  const pm = one.noSoftReset === false && !deafToPm;
  const bus = busSight(machine, one);
  const methods = [
    ...(flr ? (['flr'] as const) : []),
    ...(one.afReset === true ? (['af_flr'] as const) : []),
    ...(pm ? (['pm'] as const) : []),
    ...(bus === 'alone' ? (['bus'] as const) : []),
  ];
  return { function: one, methods, incomplete, bus, words: wordsFor(machine, one, methods, incomplete, bus) };
}

function busSight(machine: Machine, one: MachineFunction): ResetSight['bus'] {
  if (busOf(one.address).endsWith(':00')) return 'root-bus';
  const others = siblingsOf(machine, one.address);
  if (others.length === 0) return listedWhole(machine) ? 'alone' : 'unknown';
  return others.every(isPassedThrough) ? 'all-passed-through' : 'refused';
}

function wordsFor(
  machine: Machine,
  one: MachineFunction,
  methods: ResetSight['methods'],
  incomplete: boolean,
  bus: ResetSight['bus'],
): string {
  const others = siblingsOf(machine, one.address);
  const names = others
    .slice(0, 4)
    .map(({ address, driver }) => shortAddress(address) + (driver === undefined ? '' : ` (${driver})`));
  const list = names.join(', ') + (others.length > 4 ? ` and ${others.length - 4} more` : '');
  const quirk =
    one.flReset === true && brokenFlr.has(one.id ?? '') ? '; its FLR is broken and not used from 5.15 on' : '';
  const busWords = {
    alone: undefined,
    'all-passed-through': `bus reset only together with ${list}, which QEMU does`,
    refused: `bus reset refused: ${list} on the same bus`,
    'root-bus': 'no bus reset on a root bus',
    unknown: 'neighbours on the bus unknown, for not all functions were listed',
  }[bus];
  const own = methods.length > 0 ? methods.join(', then ') : incomplete ? undefined : 'no method of its own';
  const lacking = incomplete
    ? `capabilities unknown${one.capabilitiesDenied === true ? ' (lspci was not run by root)' : ''}`
    : undefined;
  return [own, lacking, busWords].filter((part) => part !== undefined).join('; ') + quirk;
}

/** The functions whose resets matter: those that a VM gets and those that a fault names; all endpoints where there are none. */
export function resetSights(machine: Machine, blamed: ReadonlySet<string>): ResetSight[] {
  const endpoints = [...machine.functions.values()].filter((one) => !isBridge(one));
  const wanted = endpoints.filter((one) => isPassedThrough(one) || blamed.has(one.address));
  const shown = wanted.length > 0 ? wanted : endpoints.filter(({ capabilitiesRead }) => capabilitiesRead === true);
  return shown.sort((a, b) => a.address.localeCompare(b.address)).map((one) => resetSightOf(machine, one));
}
